// Which leader epoch wrote which offsets, as runs.
//
// Invariant: the runs' first offsets grow.
//
// Rationale: a commit carries the epoch of the last record before it, so that the next owner notices when that part of
// the log was cut off.
//
// Used by stream.h and take.h. Confined to whoever owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace::kafka {

class EpochRuns {
 public:
  void note(std::int64_t first_offset, std::int32_t epoch) {
    if (epoch < 0 || (!runs_.empty() && runs_.back().epoch == epoch)) return;
    runs_.push_back({first_offset, epoch});
  }
  // Runs of later offsets.
  void note(const EpochRuns& later) {
    for (const Run& run : later.runs_) note(run.first, run.epoch);
  }
  // Of the record before `next`; -1 when it is not known.
  std::int32_t before(std::int64_t next) const {
    std::int32_t epoch = -1;
    for (const Run& run : runs_) {
      if (run.first >= next) break;
      epoch = run.epoch;
    }
    return epoch;
  }
  // Nothing before `next` will be asked for again.
  void forget_before(std::int64_t next) {
    std::size_t drop = 0;
    while (drop + 1 < runs_.size() && runs_[drop + 1].first < next) ++drop;
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(drop));
  }
  std::size_t size() const noexcept { return runs_.size(); }

 private:
  struct Run {
    std::int64_t first;
    std::int32_t epoch;
  };
  std::vector<Run> runs_;
};

}  // namespace millrace::kafka
