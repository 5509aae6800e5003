// Feeds sample orders to the embedded broker, no faster than they are read.
//
// Never more than kMostAhead records are in the topics that the pipeline has not finished: the broker forgets the
// oldest of 5 MiB a partition, and a demonstration that loses records would teach the wrong thing. A pipeline that
// stands still therefore stops the feeder too.
//
// Owns one thread ("dev-feeder"), from start() to stop(). Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/dev/embedded_broker.h"

namespace millrace::dev {

class Feeder {
 public:
  static constexpr std::uint64_t kMostAhead = 2'000;  // of some 130 bytes each

  struct Options {
    std::vector<std::string> topics;  // by turns
    std::uint64_t total = 0;          // records; 0: until stop()
    std::uint32_t per_second = 20;    // 0: as fast as the broker takes them
    // Records of ours that are finished; asked between records, on the feeder's thread.
    std::function<std::uint64_t()> finished;
    // Told once when a record could not be produced; nothing is fed after it.
    std::function<void(const Status&)> failed = {};
  };

  Feeder(EmbeddedBroker& broker, Options options);  // the broker outlives the feeder
  ~Feeder() { stop(); }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  void start();
  void stop();
  std::uint64_t fed() const noexcept { return fed_.load(); }
  bool done() const noexcept { return done_.load(); }  // all of `total` is in the topics

 private:
  void run();
  bool wait(std::chrono::microseconds patience);  // false: stop() was called

  EmbeddedBroker& broker_;
  const Options options_;
  std::atomic<std::uint64_t> fed_{0};
  std::atomic<bool> done_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace::dev
