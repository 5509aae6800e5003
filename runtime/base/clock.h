// Clock: where the host reads monotonic and wall time, so that a test can move it by hand.
//
// now_ns() never goes back and shares its origin with CLOCK_MONOTONIC; unix_ms() is for what a person reads or a
// protocol carries, and is never used to measure a duration.
//
// Implementations are thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace millrace {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::uint64_t now_ns() const = 0;
  virtual std::int64_t unix_ms() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::uint64_t now_ns() const override {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
  }
  std::int64_t unix_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::uint64_t now_ns = 1'000'000'000, std::int64_t unix_ms = 1'700'000'000'000)
      : now_ns_(now_ns), unix_ms_(unix_ms) {}
  std::uint64_t now_ns() const override { return now_ns_.load(); }
  std::int64_t unix_ms() const override { return unix_ms_.load(); }
  void advance(std::chrono::nanoseconds by) {
    now_ns_ += static_cast<std::uint64_t>(by.count());
    unix_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  }

 private:
  std::atomic<std::uint64_t> now_ns_;
  std::atomic<std::int64_t> unix_ms_;
};

}  // namespace millrace
