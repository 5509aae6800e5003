// Back-off: how long something that failed waits before it is tried again.
//
// Exponential with full jitter: the n-th wait in a row is uniform in (0, min(maximum, initial × 2^n)], so that many
// streams that failed together do not come back together. The generator is seeded: the same seed waits the same.
//
// Confined to its core.
#pragma once

#include <algorithm>

#include "runtime/pipeline/slice.h"

namespace millrace::pipeline {

class Backoff {
 public:
  Backoff(Duration initial, Duration maximum, std::uint64_t seed)
      : initial_(std::max<Duration>(initial, 1)), maximum_(std::max(initial_, maximum)), state_(seed) {}

  // failures: how many came before this one in a row. retry_after: what the sink asked for, honoured as the least.
  Duration wait(std::uint32_t failures, Duration retry_after = 0) {
    return std::max(retry_after, 1 + random() % ceiling(failures));
  }
  // Between half the maximum and the maximum: for what a person has to mend.
  Duration slow_wait(Duration retry_after = 0) {
    return std::max(retry_after, maximum_ - random() % (maximum_ / 2 + 1));
  }

  Duration ceiling(std::uint32_t failures) const {
    Duration cap = initial_;
    for (std::uint32_t i = 0; i < failures && cap < maximum_; ++i) cap *= 2;
    return std::min(cap, maximum_);
  }

 private:
  std::uint64_t random() {  // splitmix64
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  Duration initial_, maximum_;
  std::uint64_t state_;
};

}  // namespace millrace::pipeline
