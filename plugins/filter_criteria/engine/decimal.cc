#include "decimal.h"

#include <algorithm>
#include <cstring>

namespace millrace::filter {
namespace {

constexpr std::uint64_t kPowers[] = {1,
                                     10,
                                     100,
                                     1000,
                                     10000,
                                     100000,
                                     1000000,
                                     10000000,
                                     100000000,
                                     1000000000,
                                     10000000000,
                                     100000000000,
                                     1000000000000,
                                     10000000000000,
                                     100000000000000,
                                     1000000000000000,
                                     10000000000000000,
                                     100000000000000000,
                                     1000000000000000000,
                                     10000000000000000000u};

bool is_digit(char c) noexcept {
  return static_cast<unsigned char>(c - '0') < 10;
}

// The value of eight digits, or false when they are not all digits.
bool eight_digits(const char* p, std::uint64_t& value) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, p, 8);
  const std::uint64_t low = word - 0x3030303030303030u;
  if (((word + 0x4646464646464646u) | low) & 0x8080808080808080u) return false;
  const std::uint64_t pairs = low * 10 + (low >> 8);
  value = ((pairs & 0x000000FF000000FFu) * 0x000F424000000064u +
           (pairs >> 16 & 0x000000FF000000FFu) * 0x0000271000000001u) >>
          32;
  return true;
}

}  // namespace

Decimal::Decimal(std::string_view text) noexcept {
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  std::uint64_t digits = 0;
  unsigned count = 0;  // of digits taken, at most 19
  bool lost = false;   // a digit other than 0 did not fit
  std::int64_t lead = -1;
  bool fraction = false;
  while (p != end) {
    if (*p == '.') {
      fraction = true;
      ++p;
      continue;
    }
    if (!is_digit(*p)) break;
    std::uint64_t eight = 0;
    if (count > 0 && count <= 11 && end - p >= 8 && eight_digits(p, eight)) {
      digits = digits * 100000000 + eight;
      count += 8;
      lead += fraction ? 0 : 8;
      p += 8;
      continue;
    }
    const auto digit = static_cast<unsigned>(*p - '0');
    if (count == 0 && digit == 0) {
      lead -= fraction ? 1 : 0;
    } else {
      if (count < 19) {
        digits = digits * 10 + digit;
        ++count;
      } else {
        lost = lost || digit != 0;
      }
      lead += fraction ? 0 : 1;
    }
    ++p;
  }
  if (count == 0) return;
  if (p != end) {  // e or E
    ++p;
    const bool minus = p != end && *p == '-';
    if (p != end && !is_digit(*p)) ++p;
    std::int64_t exponent = 0;
    for (; p != end; ++p) exponent = std::min<std::int64_t>(exponent * 10 + (*p - '0'), 1'000'000'000'000);
    lead += minus ? -exponent : exponent;
  }
  digits_ = digits * kPowers[19 - count];
  lead_ = lead;
  sign_ = negative ? -1 : 1;
  exact_ = !lost && digits_ % 100 == 0;
  short_ = exact_ && digits_ % 10000 == 0;
}

}  // namespace millrace::filter
