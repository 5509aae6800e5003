// The tracker's arithmetic: merging finished ranges. See tracker.h.
#include "runtime/pipeline/tracker.h"

#include <algorithm>

namespace millrace::pipeline {

void Tracker::admit(Position first, Position next) {
  if (!known_) {
    known_ = true;
    watermark_ = admitted_ = first;
  }
  const Position gap = admitted_;
  admitted_ = next;
  finish(gap, first);
}

void Tracker::finish(Position first, Position next) {
  if (first < watermark_) first = watermark_;
  if (first >= next) return;
  if (first != watermark_) {
    auto at = std::lower_bound(islands_.begin(), islands_.end(), first,
                               [](const Range& range, Position position) { return range.next < position; });
    if (at != islands_.end() && at->first <= next) {  // touches an island: they become one
      at->first = std::min(at->first, first);
      at->next = std::max(at->next, next);
      while (at + 1 != islands_.end() && (at + 1)->first <= at->next) {
        at->next = std::max(at->next, (at + 1)->next);
        islands_.erase(at + 1);
      }
    } else {
      islands_.insert(at, Range{first, next});
    }
    return;
  }
  watermark_ = next;
  std::size_t reached = 0;
  while (reached < islands_.size() && islands_[reached].first <= watermark_)
    watermark_ = std::max(watermark_, islands_[reached++].next);
  if (reached > 0) islands_.erase(islands_.begin(), islands_.begin() + static_cast<std::ptrdiff_t>(reached));
}

}  // namespace millrace::pipeline
