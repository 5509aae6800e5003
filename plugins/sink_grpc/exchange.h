// One request on its way, and the promise that its memory is not touched after its answer.
//
// gRPC sends the payload from where the host has it, and may still read it when the call is over: a cancelled call's
// bytes can be in the middle of a write. So an exchange is held twice, by the call and by the payload's slice, and the
// request is answered when both have let go.
//
// Any thread; an exchange is handed from one holder to the next, never shared.
#pragma once
#include <grpcpp/support/byte_buffer.h>
#include <millrace/completion.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "answer.h"

namespace millrace::grpc_sink {

std::uint64_t now_ns();  // CLOCK_MONOTONIC

// Waits until the condition holds. False: it still does not at `deadline_ns`. A wait is cut to a second, so that no
// deadline, not even one for ever, overflows, and none follows the system clock's jumps.
template <class Condition>
bool wait_for(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, std::uint64_t deadline_ns,
              Condition condition) {
  while (!condition()) {
    const std::uint64_t now = now_ns();
    if (now >= deadline_ns) return false;
    changed.wait_for(lock, std::chrono::nanoseconds(std::min<std::uint64_t>(deadline_ns - now, 1'000'000'000)));
  }
  return true;
}

// How many exchanges there are, so that stop() can wait until no code of ours runs in gRPC's threads.
class Outstanding {
 public:
  void add();
  void remove();
  // False: some are left at `deadline_ns`.
  bool wait_for_none(std::uint64_t deadline_ns);
  std::uint64_t count() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t count_ = 0;  // guarded by mutex_
};

class Exchange {
 public:
  Exchange(const mr_request& request, Completion completion, Outstanding& outstanding);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const mr_request request;  // what it leads to is the host's and valid until the answer
  const std::string id;
  std::uint64_t deadline_ns = 0;
  std::uint64_t message_size = 0;

  // The message, with the payload's slice holding on to this exchange. Once.
  grpc::ByteBuffer message(std::string_view pipeline);
  bool payload_is_held() const { return slice_held_.load(std::memory_order_acquire); }

  // The call lets go; the request is answered now, or when gRPC lets go of the payload. The exchange is gone.
  static void finish(Exchange* exchange, Judgement judgement);

 private:
  ~Exchange() = default;
  static void release(Exchange* exchange);
  void answer();

  Outstanding& outstanding_;
  Completion completion_;
  Judgement judgement_;
  std::atomic<bool> slice_held_{false};
  std::atomic<int> holds_{1};
};

}  // namespace millrace::grpc_sink
