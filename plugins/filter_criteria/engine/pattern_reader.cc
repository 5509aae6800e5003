#include "pattern_reader.h"

#include <algorithm>

namespace millrace::filter {
namespace {

constexpr const char* kNotAPattern = "MR6002";

}  // namespace

PatternReader::Token PatternReader::next() {
  const Token token = reader_.next();
  if (token == Token::kFault) fail(kNotJson, std::string("The pattern is not JSON: ") + reader_.fault());
  return token;
}

std::string PatternReader::read_string(const char* otherwise) {
  if (next() != Token::kString) refuse(otherwise);
  return std::string(value());
}

void PatternReader::fail(const char* id, const std::string& message) const {
  PatternError error(message);
  error.id = id;
  error.pointer = place_;
  error.offset = std::min(reader_.offset(), text_.size());
  throw error;
}

void PatternReader::refuse(const std::string& message) const {
  fail(kNotAPattern, message);
}

PatternReader::Step::Step(PatternReader& reader, std::string_view name)
    : reader_(reader), before_(reader.place_.size()) {
  reader_.place_ += '/';
  for (const char c : name) {
    if (c == '~')
      reader_.place_ += "~0";
    else if (c == '/')
      reader_.place_ += "~1";
    else
      reader_.place_ += c;
  }
}

}  // namespace millrace::filter
