// Reads JSON text as a stream of tokens, strictly by RFC 8259.
//
// Numbers keep their spelling and duplicate keys are all seen, which a document tree would lose and both decide a
// verdict. The whole text is checked by the time kEnd is returned: one value, nothing but white space after it.
// Nesting costs one bit a level and no recursion. The text must already be valid UTF-8.
//
// pattern_reader.cc reads patterns with it, event.cc reads record values. Confined to one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::filter {

class JsonReader {
 public:
  enum class Token {
    kBeginObject,
    kEndObject,
    kBeginArray,
    kEndArray,
    kKey,
    kString,
    kNumber,
    kTrue,
    kFalse,
    kNull,
    kEnd,
    kFault,  // not JSON; stays kFault
  };

  explicit JsonReader(std::string_view text) noexcept : text_(text) {}

  // Begins another text, with the memory that the last ones needed.
  void restart(std::string_view text) noexcept;

  Token next();

  // Of the last token. Keys and strings are decoded, numbers as written. Valid as long as the reader and the text.
  std::string_view value() const noexcept { return value_; }
  std::size_t offset() const noexcept { return token_offset_; }  // where the last token starts, in bytes
  const char* fault() const noexcept { return fault_; }          // why kFault, in words for a person

 private:
  enum class Expect { kValue, kFirstValueOrEnd, kFirstKeyOrEnd, kKey, kCommaOrEnd, kNothing };

  Token read_value();
  Token read_key();
  Token close(char bracket);
  Token literal(std::string_view word, Token token);
  Token read_number();
  bool read_string();
  bool read_escape(std::string& out);
  bool read_hex4(unsigned& out);
  Token fail(const char* why) noexcept;
  bool refuse(const char* why) noexcept;  // fail(), for the parts of a token
  Token after_value(Token token) noexcept;
  void skip_space() noexcept;
  bool at_end() const noexcept { return pos_ >= text_.size(); }
  char peek() const noexcept { return pos_ < text_.size() ? text_[pos_] : '\0'; }

  std::string_view text_;
  std::size_t pos_ = 0;
  std::size_t token_offset_ = 0;
  std::string_view value_;
  const char* fault_ = nullptr;
  Expect expect_ = Expect::kValue;
  std::vector<bool> in_object_;      // one bit for each open bracket
  std::deque<std::string> decoded_;  // strings that had escapes; a deque, so that views into them stay
  std::size_t decoded_count_ = 0;    // how many of them are in use
};

}  // namespace millrace::filter
