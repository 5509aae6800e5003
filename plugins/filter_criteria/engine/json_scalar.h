// White space, strings, numbers and words of a JSON text, one at a time: what a walk looks at is decoded, and checked
// where the scan left that to it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millrace::filter {

inline bool is_white(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// Decodes the inside of a JSON string that has been checked.
void decode_string(std::string_view raw, std::string& out);

// Whether raw is the inside of a JSON string in UTF-8, or a number, true, false or null.
bool is_string_body(std::string_view raw) noexcept;
bool is_scalar(std::string_view raw) noexcept;

}  // namespace millrace::filter
