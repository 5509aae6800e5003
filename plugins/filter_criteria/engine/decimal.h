// A JSON number as an exact decimal, for comparing without converting.
//
// Two numbers that a double holds without loss (number.h) are ordered as doubles exactly as they are ordered as
// decimals, so the decimals decide. Whether a double would hold the number is asked only where it has more than 15
// digits, and answered in integers for nearly all of these: a double is made for the rest. No state.
#pragma once

#include <cstdint>
#include <string_view>

#include "number.h"

namespace millrace::filter {

class Decimal {
 public:
  Decimal() = default;
  explicit Decimal(std::string_view text) noexcept;  // a number by JSON's grammar

  // Reads the number that begins at `at` and ends before `limit`, and gives its end. Of a text that is no number it
  // reads what could be one, and the value means nothing.
  const char* read(const char* at, const char* limit) noexcept;

  // Three-way. Means nothing when either has more digits than fit (is_exact() is false).
  int compare(const Decimal& other) const noexcept {
    if (order_ != other.order_) return order_ < other.order_ ? -1 : 1;
    if (order_ == 0) return 0;
    const int magnitude = lead_ != other.lead_ ? (lead_ < other.lead_ ? -1 : 1)
                                               : (digits_ == other.digits_  ? 0
                                                  : digits_ < other.digits_ ? -1
                                                                            : 1);
    return order_ < 0 ? -magnitude : magnitude;
  }
  // Grows with the value: of two that differ the one with the smaller order is smaller. Nearly all that differ do.
  std::int64_t order() const noexcept { return order_; }
  bool is_zero() const noexcept { return order_ == 0; }
  // At most 17 digits: no double is written with more, so what is not exact is not comparable either.
  bool is_exact() const noexcept { return !lost_ && digits_ % 100 == 0; }
  // Whether a double holds it without loss; `text` is what it was made of.
  bool is_comparable(std::string_view text) const noexcept {
    if (!is_exact()) return false;
    if (is_short() && lead_ > -300 && lead_ < 300) return true;
    if (is_zero()) return true;
    const Held held = held_by_double();
    return held == Held::kUnknown ? Number::parse(text).comparable : held == Held::kYes;
  }

 private:
  enum class Held : std::uint8_t { kNo, kYes, kUnknown };

  // So few digits that two such numbers are never nearest to one double. Of 16 digits those are that make a number
  // below 2^52: then a unit of the last one is more than doubles are apart.
  bool is_short() const noexcept {
    constexpr std::uint64_t kNearest = std::uint64_t{1} << 52;
    return digits_ % 10000 == 0 || (digits_ % 1000 == 0 && digits_ / 1000 < kNearest);
  }
  Held held_by_double() const noexcept;
  void set(bool negative, std::uint64_t digits, std::int64_t scale, bool lost) noexcept;

  std::uint64_t digits_ = 0;  // nineteen of them, the first not 0
  std::int64_t lead_ = 0;     // the power of ten of the first
  std::int64_t order_ = 0;    // by sign, power and the first digits; 0 for zero, however it is written
  bool lost_ = false;         // digits other than 0 follow
};

}  // namespace millrace::filter
