// Stub: the function at the end of a measured path, and the yardstick: it says how many records came, and when.
//
// Every client of a cell is measured by the same stub in the same way, from the first request it has read to the last
// record asked for, so no client's own idea of time counts.
//
// Used by the runs in clients.cc and by the scenarios. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace millrace::bench {

using Instant = std::chrono::steady_clock::time_point;

class Stub {
 public:
  struct Progress {
    std::uint64_t requests = 0, records = 0, bytes = 0, refused = 0;
    Instant last = {};  // when the last request had been read
  };

  virtual ~Stub() = default;
  virtual std::string endpoint() const = 0;

  // Counts anew. `on_first` runs on the stub's thread when the first request has been read.
  void restart(std::function<void()> on_first = {}) {
    const std::lock_guard lock(mutex_);
    progress_ = {};
    awaited_ = UINT64_MAX;
    on_first_ = std::move(on_first);
  }
  Progress progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
  }
  bool wait_for_records(std::uint64_t count, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    awaited_ = count;
    return changed_.wait_for(lock, limit, [&] { return progress_.records >= count; });
  }

 protected:
  void count(std::uint64_t records, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    if (progress_.requests++ == 0 && on_first_) on_first_();
    progress_.records += records;
    progress_.bytes += bytes;
    progress_.last = std::chrono::steady_clock::now();
    if (progress_.records >= awaited_) changed_.notify_all();
  }
  void count_refused() {
    const std::lock_guard lock(mutex_);
    ++progress_.refused;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Progress progress_;
  std::uint64_t awaited_ = UINT64_MAX;
  std::function<void()> on_first_;
};

}  // namespace millrace::bench
