// The tokens of a pattern's text, and the place in it that an error names.
//
// Faults end the parse: next(), fail() and refuse() throw PatternError with the JSON pointer of all steps that are
// alive and the byte that the last token begins at. Messages that AWS documents keep its words.
//
// pattern_parser.cc reads what is around lists of alternatives with it, operator_parser.cc what is in them. Confined to
// one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json_reader.h"
#include "pattern.h"

namespace millrace::filter {

class PatternReader {
 public:
  using Token = JsonReader::Token;
  static constexpr const char* kNotJson = "MR6001";  // for fail()

  // The text must live as long as the reader, and is checked by it: next() refuses what is not JSON.
  explicit PatternReader(std::string_view text) : text_(text), reader_(text) {}

  Token next();
  std::string_view value() const noexcept { return reader_.value(); }  // see JsonReader

  // The next token, which has to be a string.
  std::string read_string(const char* otherwise);

  [[noreturn]] void fail(const char* id, const std::string& message) const;
  [[noreturn]] void refuse(const std::string& message) const;  // JSON, but not a pattern

  // Adds a step to the place that an error names, for as long as it lives.
  class Step {
   public:
    Step(PatternReader& reader, std::string_view name);
    ~Step() { reader_.place_.resize(before_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    PatternReader& reader_;
    std::size_t before_;
  };

 private:
  std::string_view text_;
  JsonReader reader_;
  std::string place_;  // a JSON pointer
};

}  // namespace millrace::filter
