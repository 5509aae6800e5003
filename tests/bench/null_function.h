// NullFunction: a function that takes no time: reads each invocation whole, counts its records, answers `null`.
//
// One thread and epoll, so that on two cores the function costs as little as it can. A record is counted by its
// "offset" member; nothing else is parsed.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "tests/e2e/kafka/ports.h"

namespace millrace::bench {

// Occurrences of `"offset":` in a body.
std::size_t count_records(std::string_view body);

class NullFunction {
 public:
  NullFunction();
  ~NullFunction();

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_.number()); }

  struct Progress {
    std::uint64_t requests = 0, records = 0, bytes = 0;
  };

  // Starts counting anew. `on_first` runs on the function's thread when the first request has been read.
  void restart(std::function<void()> on_first = {});
  Progress progress() const;
  bool wait_for_records(std::uint64_t count, std::chrono::seconds limit);

 private:
  void run();
  bool take_requests(int socket, std::string& buffer);

  e2e::PortReservation port_;
  int listener_ = -1, epoll_ = -1, wake_ = -1;
  std::map<int, std::string> buffers_;  // by socket; the thread's own
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Progress progress_;
  std::uint64_t awaited_ = 0;
  std::function<void()> on_first_;
  std::thread thread_;
};

}  // namespace millrace::bench
