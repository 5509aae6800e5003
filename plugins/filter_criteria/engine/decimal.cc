#include "decimal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

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

// Of eight digits, less '0' each; the first in the lowest byte.
std::uint64_t value_of_eight(std::uint64_t low) noexcept {
  const std::uint64_t pairs = low * 10 + (low >> 8);
  return ((pairs & 0x000000FF000000FFu) * 0x000F424000000064u +
          (pairs >> 16 & 0x000000FF000000FFu) * 0x0000271000000001u) >>
         32;
}

// Appends the digits that stand at `at`, and gives the place behind them. `digits` means nothing beyond 19.
const char* read_digits(const char* at, const char* limit, std::uint64_t& digits, unsigned& count) noexcept {
  while (limit - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    const std::uint64_t low = word - 0x3030303030303030u;
    const std::uint64_t others = ((word + 0x4646464646464646u) | low) & 0x8080808080808080u;
    const auto here = others == 0 ? 8u : static_cast<unsigned>(std::countr_zero(others)) / 8;
    if (here == 0) return at;
    digits = digits * kPowers[here] + value_of_eight(low << (64 - 8 * here));
    count += here;
    at += here;
    if (here != 8) return at;
  }
  for (; at != limit && is_digit(*at); ++at, ++count) digits = digits * 10 + static_cast<unsigned>(*at - '0');
  return at;
}

// How many digits there are; of 0 none.
unsigned length(std::uint64_t digits) noexcept {
  if (digits == 0) return 0;
  const unsigned about = static_cast<unsigned>(64 - std::countl_zero(digits)) * 1233 >> 12;
  return about + (about < 20 && digits >= kPowers[about] ? 1 : 0);
}

}  // namespace

// The value is digits times ten to the power of scale. lost: more digits follow that are not all 0.
void Decimal::set(bool negative, std::uint64_t digits, std::int64_t scale, bool lost) noexcept {
  constexpr std::int64_t kMostPower = 500;
  if (digits == 0) return;
  const unsigned count = length(digits);
  digits_ = digits * kPowers[19 - std::min(count, 19u)];
  lead_ = scale + count - 1;
  std::int64_t order = 1;
  if (lead_ > kMostPower) {
    order = std::numeric_limits<std::int64_t>::max();
  } else if (lead_ >= -kMostPower) {
    order = (lead_ + kMostPower + 1) << 53 | static_cast<std::int64_t>(digits_ >> 11);
  }
  order_ = negative ? -order : order;
  lost_ = lost;
}

// In integers, for a number of 16 or 17 digits with up to 27 of them behind the dot; of others it knows nothing.
//
// With w its digits and f those behind the dot, the number is w / 10^f. The nearest double is m / 2^s with m of 53
// bits: m is w * 2^(s - f) / 5^f, rounded. So on a line where the number is at n = w * 2^(s - f), the double is at m *
// 5^f, and whatever is nearer to it than half of 5^f is read as that double. The double is written as the number when
// no number of fewer digits is as near as that, and of those with as many digits the number is the nearest.
Decimal::Held Decimal::held_by_double() const noexcept {
  __extension__ using Wide = unsigned __int128;
  constexpr int kMostBehindDot = 27;
  static constexpr auto kFives = [] {
    std::array<std::uint64_t, kMostBehindDot + 1> fives{1};
    for (std::size_t i = 1; i < fives.size(); ++i) fives[i] = fives[i - 1] * 5;
    return fives;
  }();
  constexpr std::uint64_t kLeast = 10'000'000'000'000'000, kMargin = 1'000;  // the steps between numbers change at 10^n
  const std::uint64_t w = digits_ / 100;
  const std::int64_t behind_dot = 16 - lead_;
  if (behind_dot < 1 || behind_dot > kMostBehindDot || w < kLeast + kMargin || w > 10 * kLeast - kMargin ||
      w % 100 == 0)
    return Held::kUnknown;
  const std::uint64_t five = kFives[static_cast<std::size_t>(behind_dot)];
  int shift = 53 - (64 - std::countl_zero(w)) + (64 - std::countl_zero(five));
  if (shift < 1) return Held::kUnknown;
  Wide n = Wide{w} << shift;
  auto m = static_cast<std::uint64_t>(n / five);  // of 53 or 54 bits
  if (m >> 53 != 0) {
    m >>= 1;
    n >>= 1;
    --shift;
  }
  const auto rest = static_cast<std::uint64_t>(n - Wide{m} * five);
  if (rest > five / 2) ++m;  // five is odd, so there is no half
  constexpr std::uint64_t kPower = std::uint64_t{1} << 52;
  if (m <= kPower || m >= 2 * kPower) return Held::kUnknown;  // the doubles below are nearer than those above
  const std::uint64_t unit = w % 10 == 0 ? 10 : 1;            // of the last digit
  const std::uint64_t distance = rest > five / 2 ? five - rest : rest;
  const Wide step = Wide{unit} << shift;
  if (Wide{distance} * 2 >= step) return Wide{distance} * 2 == step ? Held::kUnknown : Held::kNo;
  const Wide at = Wide{m} * five;
  const auto whole = static_cast<std::uint64_t>(at >> shift);
  const Wide above = (Wide{whole % (10 * unit)} << shift) | (at & ((Wide{1} << shift) - 1));  // the shorter one below
  const Wide nearer = std::min(above, 10 * step - above);
  return nearer * 2 > five ? Held::kYes : Held::kNo;
}

const char* Decimal::read(const char* at, const char* limit) noexcept {
  *this = Decimal();
  const char* p = at;
  const bool negative = *p == '-';
  if (negative) ++p;
  std::uint64_t digits = 0;
  unsigned count = 0, fraction = 0;
  p = read_digits(p, limit, digits, count);
  if (p != limit && *p == '.') {
    p = read_digits(p + 1, limit, digits, fraction);
    count += fraction;
  }
  if (count <= 19 && (p == limit || (*p | 0x20) != 'e')) {
    set(negative, digits, -static_cast<std::int64_t>(fraction), false);
    return p;
  }
  if (p != limit && (*p | 0x20) == 'e') {
    ++p;
    if (p != limit && (*p == '+' || *p == '-')) ++p;
    while (p != limit && is_digit(*p)) ++p;
  }
  *this = Decimal({at, static_cast<std::size_t>(p - at)});
  return p;
}

Decimal::Decimal(std::string_view text) noexcept {
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  std::uint64_t digits = 0;
  unsigned count = 0;  // of digits taken, at most 19, without zeros in front
  bool lost = false;   // a digit other than 0 did not fit
  std::int64_t scale = 0;
  bool fraction = false;
  for (; p != end; ++p) {
    if (*p == '.') {
      fraction = true;
      continue;
    }
    if (!is_digit(*p)) break;
    const auto digit = static_cast<unsigned>(*p - '0');
    if (count < 19) {
      digits = digits * 10 + digit;
      if (digits != 0) ++count;
      scale -= fraction ? 1 : 0;
    } else {
      lost = lost || digit != 0;
      scale += fraction ? 0 : 1;
    }
  }
  if (p != end) {  // e or E
    ++p;
    const bool minus = p != end && *p == '-';
    if (p != end && !is_digit(*p)) ++p;
    std::int64_t exponent = 0;
    for (; p != end; ++p) exponent = std::min<std::int64_t>(exponent * 10 + (*p - '0'), 1'000'000'000'000);
    scale += minus ? -exponent : exponent;
  }
  set(negative, digits, scale, lost);
}

}  // namespace millrace::filter
