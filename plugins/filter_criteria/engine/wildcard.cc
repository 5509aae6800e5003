#include "wildcard.h"

#include <utility>

namespace millrace::filter {

Wildcard::Wildcard(std::string_view text) {
  std::string piece;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      if (has_star_) {
        middle_.push_back(std::move(piece));
      } else {
        first_ = std::move(piece);
      }
      has_star_ = true;
      piece.clear();
    } else {
      if (text[i] == '\\') ++i;
      piece += text[i];
    }
  }
  (has_star_ ? last_ : first_) = std::move(piece);
  least_ = first_.size() + last_.size();
  for (const std::string& middle : middle_) least_ += middle.size();
}

bool Wildcard::matches(std::string_view value) const noexcept {
  if (!has_star_) return value == first_;
  if (value.size() < least_ || !value.starts_with(first_) || !value.ends_with(last_)) return false;
  value = value.substr(first_.size(), value.size() - first_.size() - last_.size());
  for (const std::string& middle : middle_) {
    const std::size_t at = value.find(middle);
    if (at == std::string_view::npos) return false;
    value.remove_prefix(at + middle.size());
  }
  return true;
}

std::string Wildcard::find_fault(std::string_view text) {
  bool after_star = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t position = i + 1;
    if (text[i] == '*') {
      if (after_star) return "Consecutive wildcard characters at pos " + std::to_string(position - 1);
      after_star = true;
      continue;
    }
    after_star = false;
    if (text[i] != '\\') continue;
    if (i + 1 == text.size() || (text[i + 1] != '*' && text[i + 1] != '\\'))
      return "Invalid escape character at pos " + std::to_string(position);
    ++i;
  }
  return {};
}

}  // namespace millrace::filter
