// A JSON number as an exact decimal, for comparing without converting.
//
// Two numbers that a double holds without loss (number.h) are ordered as doubles exactly as they are ordered as
// decimals, so the decimals decide and a double is made only to find out whether it would hold the number, and only
// for the few that have more than 15 digits. No state.
#pragma once

#include <cstdint>
#include <string_view>

#include "number.h"

namespace millrace::filter {

class Decimal {
 public:
  Decimal() = default;
  explicit Decimal(std::string_view text) noexcept;  // a number by JSON's grammar

  // Three-way. Means nothing when either has more digits than fit (is_exact() is false).
  int compare(const Decimal& other) const noexcept {
    if (sign_ != other.sign_) return sign_ < other.sign_ ? -1 : 1;
    if (sign_ == 0) return 0;
    const int magnitude = lead_ != other.lead_ ? (lead_ < other.lead_ ? -1 : 1)
                                               : (digits_ == other.digits_  ? 0
                                                  : digits_ < other.digits_ ? -1
                                                                            : 1);
    return sign_ * magnitude;
  }
  // At most 17 digits: no double is written with more, so what is not exact is not comparable either.
  bool is_exact() const noexcept { return exact_; }
  // Whether a double holds it without loss; `text` is what it was made of.
  bool is_comparable(std::string_view text) const noexcept {
    if (!exact_) return false;
    if (short_ && lead_ > -300 && lead_ < 300) return true;
    return sign_ == 0 || Number::parse(text).comparable;
  }

 private:
  std::uint64_t digits_ = 0;  // nineteen of them, the first not 0
  std::int64_t lead_ = 0;     // the power of ten of the first
  std::int8_t sign_ = 0;      // 0 for zero, however it is written
  bool exact_ = true;
  bool short_ = true;  // at most 15 digits
};

}  // namespace millrace::filter
