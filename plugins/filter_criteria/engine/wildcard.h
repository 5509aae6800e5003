// A wildcard pattern: `*` takes any bytes, also none; `\*` and `\\` are the characters themselves.
//
// The pieces between the stars are looked for from left to right, each as early as it can be: when that fails nothing
// else would fit, so matching never goes back to an earlier piece, however many stars there are. A piece is looked for
// by string_view::find, so the cost at worst is the value's length times the longest piece's. Immutable; part of a
// compiled pattern.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::filter {

class Wildcard {
 public:
  // The text must be one that find_fault() has nothing against.
  explicit Wildcard(std::string_view text);

  bool matches(std::string_view value) const noexcept;

  // What a value must begin and end with, and how long it is at least; without a star it is first() alone.
  bool has_star() const noexcept { return has_star_; }
  bool is_first_and_last() const noexcept { return has_star_ && middle_.empty(); }
  const std::string& first() const noexcept { return first_; }
  const std::string& last() const noexcept { return last_; }
  std::size_t least() const noexcept { return least_; }

  // "" when the text is a wildcard pattern, else why not ("Consecutive wildcard characters at pos 4").
  static std::string find_fault(std::string_view text);

 private:
  bool has_star_ = false;
  std::string first_, last_;         // at the very beginning and end; last_ only with a star
  std::vector<std::string> middle_;  // in this order between them
  std::size_t least_ = 0;            // bytes that all pieces take
};

}  // namespace millrace::filter
