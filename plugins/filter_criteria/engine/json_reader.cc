#include "json_reader.h"

#include "utf8.h"

#include <cstdint>
#include <cstring>

namespace millrace::filter {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace

JsonReader::Token JsonReader::fail(const char* why) noexcept {
  fault_ = why;
  token_offset_ = pos_;
  pos_ = text_.size();
  return Token::kFault;
}

bool JsonReader::refuse(const char* why) noexcept {
  fail(why);
  return false;
}

void JsonReader::skip_space() noexcept {
  while (pos_ < text_.size() &&
         (text_[pos_] == ' ' || text_[pos_] == '\n' || text_[pos_] == '\t' || text_[pos_] == '\r'))
    ++pos_;
}

JsonReader::Token JsonReader::after_value(Token token) noexcept {
  expect_ = in_object_.empty() ? Expect::kNothing : Expect::kCommaOrEnd;
  return token;
}

void JsonReader::restart(std::string_view text) noexcept {
  text_ = text;
  pos_ = token_offset_ = decoded_count_ = 0;
  value_ = {};
  fault_ = nullptr;
  expect_ = Expect::kValue;
  in_object_.clear();
}

JsonReader::Token JsonReader::next() {
  if (fault_ != nullptr) return Token::kFault;
  skip_space();
  token_offset_ = pos_;
  value_ = {};
  switch (expect_) {
    case Expect::kNothing:
      return at_end() ? Token::kEnd : fail("there is text after the end of the value");
    case Expect::kFirstKeyOrEnd:
      return peek() == '}' ? close('}') : read_key();
    case Expect::kKey:
      return read_key();
    case Expect::kFirstValueOrEnd:
      return peek() == ']' ? close(']') : read_value();
    case Expect::kValue:
      return read_value();
    case Expect::kCommaOrEnd:
      break;
  }
  if (at_end()) return fail("the text ends too early");
  if (peek() != ',') return close(in_object_.back() ? '}' : ']');
  ++pos_;
  skip_space();
  token_offset_ = pos_;
  return in_object_.back() ? read_key() : read_value();
}

JsonReader::Token JsonReader::close(char bracket) {
  if (peek() != bracket) return fail(bracket == '}' ? "expected , or } here" : "expected , or ] here");
  ++pos_;
  in_object_.pop_back();
  return after_value(bracket == '}' ? Token::kEndObject : Token::kEndArray);
}

JsonReader::Token JsonReader::read_key() {
  if (at_end()) return fail("the text ends too early");
  if (peek() != '"') return fail("expected a member name in double quotes here");
  if (!read_string()) return Token::kFault;
  const std::size_t key_offset = token_offset_;
  skip_space();
  if (peek() != ':') return fail("expected : after the member name");
  ++pos_;
  token_offset_ = key_offset;
  expect_ = Expect::kValue;
  return Token::kKey;
}

JsonReader::Token JsonReader::read_value() {
  if (at_end()) return fail("the text ends too early");
  switch (peek()) {
    case '{':
      ++pos_;
      in_object_.push_back(true);
      expect_ = Expect::kFirstKeyOrEnd;
      return Token::kBeginObject;
    case '[':
      ++pos_;
      in_object_.push_back(false);
      expect_ = Expect::kFirstValueOrEnd;
      return Token::kBeginArray;
    case '"':
      return read_string() ? after_value(Token::kString) : Token::kFault;
    case 't':
      return literal("true", Token::kTrue);
    case 'f':
      return literal("false", Token::kFalse);
    case 'n':
      return literal("null", Token::kNull);
    default:
      return read_number();
  }
}

JsonReader::Token JsonReader::literal(std::string_view word, Token token) {
  if (text_.substr(pos_, word.size()) != word) return fail("this is not a JSON value");
  value_ = word;
  pos_ += word.size();
  return after_value(token);
}

JsonReader::Token JsonReader::read_number() {
  const std::size_t start = pos_;
  const auto digits = [this] {
    const std::size_t first = pos_;
    while (is_digit(peek())) ++pos_;
    return pos_ > first;
  };
  if (peek() == '-') ++pos_;
  if (peek() == '0') {
    ++pos_;
    if (is_digit(peek())) return fail("a number may not start with 0");
  } else if (!digits()) {
    return fail("this is not a JSON value");
  }
  if (peek() == '.') {
    ++pos_;
    if (!digits()) return fail("expected a digit after the decimal point");
  }
  if (peek() == 'e' || peek() == 'E') {
    ++pos_;
    if (peek() == '+' || peek() == '-') ++pos_;
    if (!digits()) return fail("expected a digit in the exponent");
  }
  value_ = text_.substr(start, pos_ - start);
  return after_value(Token::kNumber);
}

bool JsonReader::read_string() {
  const std::size_t start = ++pos_;
  while (!at_end() && text_[pos_] != '"' && text_[pos_] != '\\' && static_cast<unsigned char>(text_[pos_]) >= 0x20)
    ++pos_;
  if (!at_end() && text_[pos_] == '"') {  // no escape: a view of the text will do
    value_ = text_.substr(start, pos_++ - start);
    return true;
  }
  if (decoded_count_ == decoded_.size()) decoded_.emplace_back();
  std::string& out = decoded_[decoded_count_++];
  out.assign(text_.substr(start, pos_ - start));
  while (!at_end()) {
    const char c = text_[pos_];
    if (c == '"') {
      ++pos_;
      value_ = out;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return refuse("a control character must be escaped");
    ++pos_;
    if (c != '\\') {
      out.push_back(c);
    } else if (!read_escape(out)) {
      return false;
    }
  }
  return refuse("the text ends inside a string");
}

bool JsonReader::read_escape(std::string& out) {
  const char c = peek();
  ++pos_;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      out.push_back(c);
      return true;
    case 'b':
      out.push_back('\b');
      return true;
    case 'f':
      out.push_back('\f');
      return true;
    case 'n':
      out.push_back('\n');
      return true;
    case 'r':
      out.push_back('\r');
      return true;
    case 't':
      out.push_back('\t');
      return true;
    case 'u':
      break;
    default:
      --pos_;
      return refuse("this escape is not one of JSON's");
  }
  unsigned code = 0;
  if (!read_hex4(code)) return false;
  if (code >= 0xD800 && code < 0xDC00 && text_.substr(pos_, 2) == "\\u") {
    const std::size_t back = pos_;
    pos_ += 2;
    unsigned low = 0;
    if (!read_hex4(low)) return false;
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else {
      pos_ = back;
    }
  }
  append_utf8(out, code);  // a lone surrogate stays what it is, and equals itself only
  return true;
}

bool JsonReader::read_hex4(unsigned& out) {
  out = 0;
  for (int i = 0; i < 4; ++i, ++pos_) {
    const char c = peek();
    unsigned digit = 0;
    if (is_digit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A' + 10);
    } else {
      return refuse("expected four hexadecimal digits after \\u");
    }
    out = out << 4 | digit;
  }
  return true;
}

}  // namespace millrace::filter
