#include "number.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace millrace::filter {
namespace {

// Significant digits without leading and trailing zeros, and the power of ten of the last one. Zero has no digits.
struct Decimal {
  static constexpr std::size_t kMostDigits = 24;  // a double's shortest rendering has at most 17

  char digits[kMostDigits] = {};
  std::size_t count = 0;
  long long exponent = 0;
  bool too_long = false;

  explicit Decimal(std::string_view text) noexcept {
    std::size_t i = text.starts_with('-') ? 1 : 0;
    bool fraction = false;
    std::size_t zeros = 0;  // seen after a significant digit and not yet known to be inside the number
    for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
      if (text[i] == '.') {
        fraction = true;
        continue;
      }
      if (fraction) --exponent;
      if (text[i] != '0') {
        for (; zeros > 0; --zeros) add('0');
        add(text[i]);
      } else if (count > 0) {
        ++zeros;
      }
    }
    exponent += static_cast<long long>(zeros);
    if (i < text.size()) exponent += written_exponent(text.substr(i + 1));
    if (count == 0) exponent = 0;
  }

  bool operator==(const Decimal& other) const noexcept {
    return !too_long && !other.too_long && count == other.count && exponent == other.exponent &&
           std::equal(digits, digits + count, other.digits);
  }

 private:
  void add(char digit) noexcept {
    if (count == kMostDigits) {
      too_long = true;
    } else {
      digits[count++] = digit;
    }
  }

  static long long written_exponent(std::string_view text) noexcept {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    long long value = 0;
    for (const char c : text) value = std::min(value * 10 + (c - '0'), 1'000'000'000'000LL);
    return negative ? -value : value;
  }
};

}  // namespace

Number Number::parse(std::string_view text) noexcept {
  const Decimal written(text);
  if (written.count == 0 && !written.too_long) return {0.0, true};
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return {};
  char shortest[32];
  const auto shown = std::to_chars(shortest, shortest + sizeof shortest, value, std::chars_format::scientific);
  const Decimal held({shortest, static_cast<std::size_t>(shown.ptr - shortest)});
  return {value, held == written};
}

}  // namespace millrace::filter
