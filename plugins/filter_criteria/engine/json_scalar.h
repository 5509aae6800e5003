// White space, strings, numbers and words of a JSON text, one at a time: what a walk looks at is decoded, and checked
// where the scan left that to it. The scan's kernels look at escapes with it too. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace::filter {

inline bool is_white(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

inline bool is_hex_digit(char c) noexcept {
  const auto letter = static_cast<char>(c | 0x20);
  return (c >= '0' && c <= '9') || (letter >= 'a' && letter <= 'f');
}

// Whether an escape begins here, behind the backslash: \n, or \u and four hexadecimal digits.
inline bool is_escape(std::string_view behind) noexcept {
  if (behind.empty()) return false;
  switch (behind.front()) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  if (behind.size() < 5) return false;
  for (const char c : behind.substr(1, 4))
    if (!is_hex_digit(c)) return false;
  return true;
}

// Decodes the inside of a JSON string that has been checked.
void decode_string(std::string_view raw, std::string& out);

// Whether raw is the inside of a JSON string in UTF-8, or a number, true, false or null.
bool is_string_body(std::string_view raw) noexcept;
bool is_scalar(std::string_view raw) noexcept;

}  // namespace millrace::filter
