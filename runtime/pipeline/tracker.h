// Tracks, for one stream, which positions are finished, and so what may be committed.
//
// Ranges finish in any order; the watermark moves only over a gapless prefix, so a crash re-delivers and never skips.
// Ranges tile: each ends where the next one begins, as the shell told. Contiguity is over what was delivered, never
// over numbers, because offsets have holes (compaction, transaction markers, aborted records).
//
// Per range and not per record: after an answer for all, the common case, finish() is two comparisons.
//
// Confined to its core.
#pragma once

#include <vector>

#include "runtime/pipeline/slice.h"

namespace millrace::pipeline {

class Tracker {
 public:
  bool known() const { return known_; }              // something was admitted
  Position watermark() const { return watermark_; }  // the lowest unfinished position, or admitted()
  Position admitted() const { return admitted_; }    // where the next range begins at the earliest
  std::size_t islands() const { return islands_.size(); }

  // The range [first, next) is to be finished; nothing between admitted() and `first` ever comes. Needs first >=
  // admitted() and next >= first.
  void admit(Position first, Position next);

  // Everything in [first, next), part of what was admitted, has its fate.
  void finish(Position first, Position next);

  // Nothing before `next` is still to come. Less than admitted(): says nothing new.
  void skip_to(Position next) {
    if (!known_ || next > admitted_) admit(next, next);
  }

 private:
  struct Range {
    Position first, next;
  };
  bool known_ = false;
  Position watermark_ = 0, admitted_ = 0;
  std::vector<Range> islands_;  // finished beyond the watermark, ascending, not touching
};

}  // namespace millrace::pipeline
