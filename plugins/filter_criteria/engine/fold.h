// Text compared as equals-ignore-case does it: by one UTF-16 unit of the pattern at a time.
//
// For each unit of the pattern the value may have its lower or its upper case, which may be longer than one character
// ("ß" takes "SS"). It is not symmetric, and that is the language's rule: the pattern "straße" takes "STRASSE", the
// pattern "STRASSE" does not take "straße". Characters above U+FFFF are compared exactly.
//
// The two cases of a unit never begin (or end) with one another, so one look decides and matching is linear.
// Immutable; part of a compiled pattern.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::filter {

class FoldedText {
 public:
  explicit FoldedText(std::string_view text);

  bool equals(std::string_view value) const noexcept;
  bool begins(std::string_view value) const noexcept;  // value begins with this text
  bool ends(std::string_view value) const noexcept;    // value ends with this text

  // The text in lower case when it is ASCII, and then it takes ASCII alone, byte by byte; else nullptr.
  const std::string* ascii() const noexcept { return units_.empty() ? &ascii_ : nullptr; }

 private:
  struct Unit {
    std::string lower, upper;
  };
  std::size_t match_forward(std::string_view value) const noexcept;  // bytes taken, or npos

  std::string ascii_;        // lower case; the whole text when units_ is empty
  std::vector<Unit> units_;  // when the text is not ASCII
};

}  // namespace millrace::filter
