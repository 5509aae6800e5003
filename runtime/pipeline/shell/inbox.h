// The one way back into a poller's thread: answers of the sink and results of the executor.
//
// A push never blocks, whoever pushes: sink threads and executor threads only leave a note here and wake the poller. It
// is bounded by what the core allows out: one answer a request in flight, one result a spool order.
//
// Thread-safe: push() from any thread; drain() by the poller's own.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/status.h"

namespace millrace::pipeline {

// What a sink said of a request (mr_result), copied, since that is valid only during done().
struct SinkAnswer {
  std::uint64_t request = 0, ticket = 0;
  std::uint32_t outcome = 0;  // MR_DONE …; numbers this host does not know are kept as they are
  std::uint32_t code = 0;
  std::uint32_t retry_after_ms = 0;
  std::vector<std::uint32_t> failed;  // MR_PARTIAL: indexes within the request
  std::string detail, reason;
  std::string request_id, executed_version, function_error;  // of its attributes, where given
  std::int32_t status_code = 0;
};

// The executor's word on an order of the core.
struct SpoolResult {
  std::uint64_t request = 0;  // the core's Spool order
  Status status;
};

using Note = std::variant<SinkAnswer, SpoolResult>;

class Inbox {
 public:
  // wake: called after each push into an empty inbox, from the pushing thread; must not block.
  explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void push(Note note) {
    bool was_empty = false;
    {
      const std::lock_guard guard(mutex_);
      was_empty = notes_.empty();
      notes_.push_back(std::move(note));
    }
    if (was_empty) wake_();
  }

  // Swaps what is there into `into`, which must be empty.
  void drain(std::vector<Note>& into) {
    const std::lock_guard guard(mutex_);
    notes_.swap(into);
  }

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Note> notes_;  // guarded by mutex_
};

}  // namespace millrace::pipeline
