#include "json_scalar.h"

#include <algorithm>

#include "utf8.h"

namespace millrace::filter {
namespace {

char32_t hex4(std::string_view digits) noexcept {
  char32_t code = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto c = static_cast<unsigned char>(digits[i]);
    code = code << 4 | static_cast<char32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return code;
}

}  // namespace

void decode_string(std::string_view raw, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < raw.size();) {
    const std::size_t escape = std::min(raw.find('\\', i), raw.size());
    out.append(raw, i, escape - i);
    if (escape == raw.size()) return;
    i = escape + 2;
    switch (const char c = raw[escape + 1]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        char32_t code = hex4(raw.substr(i));
        i += 4;
        if (code >= 0xD800 && code < 0xDC00 && raw.size() - i >= 6 && raw[i] == '\\' && raw[i + 1] == 'u') {
          const char32_t low = hex4(raw.substr(i + 2));
          if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            i += 6;
          }
        }
        append_utf8(out, code);
        break;
      }
      default:
        out += c;
    }
  }
}

bool is_string_body(std::string_view raw) noexcept {
  for (std::size_t i = raw.find('\\'); i != std::string_view::npos; i = raw.find('\\', i)) {
    if (!is_escape(raw.substr(i + 1))) return false;
    i += 2;
  }
  return is_utf8(raw);
}

bool is_scalar(std::string_view raw) noexcept {
  if (raw == "true" || raw == "false" || raw == "null") return true;
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t first = i;
    while (i < raw.size() && raw[i] >= '0' && raw[i] <= '9') ++i;
    return i - first;
  };
  if (raw.starts_with('-')) ++i;
  const bool begins_with_0 = i < raw.size() && raw[i] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (begins_with_0 && whole > 1)) return false;
  if (i < raw.size() && raw[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < raw.size() && (raw[i] == 'e' || raw[i] == 'E')) {
    ++i;
    if (i < raw.size() && (raw[i] == '+' || raw[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == raw.size();
}

}  // namespace millrace::filter
