// Requests to a sink, and how it answered them.
//
// Answers may come on any thread and at any time, even when they may not: what they land in lives as long as the
// process. Thread-safe for answers, otherwise confined to the check's main thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

struct Request {
  std::string body, id;
  std::vector<mr_record_id> records;
  mr_stream stream{};
  mr_request abi{};
  bool taken = false;
  Answer refusal;
  // Guarded by the Requests' mutex.
  int answers = 0;
  bool answered_late = false;  // after stop()
  std::string wrong;           // what is wrong with an answer's contents
};

class Requests {
 public:
  explicit Requests(Live& live) : live_(live) {}
  Requests(const Requests&) = delete;

  // Submits one request; the sink may be waited for before, while max_in_flight are outstanding.
  Request& submit(std::chrono::milliseconds deadline = std::chrono::seconds(5));
  std::uint32_t max_in_flight() const;
  std::size_t outstanding() const;
  // False: some request is still unanswered.
  bool wait_for_answers(std::chrono::milliseconds at_most) const;
  void stop();  // of the instance
  const std::vector<Request*>& all() const { return all_; }
  template <class Look>
  void each(Look&& look) const {
    const std::lock_guard lock(shared().mutex);
    for (const Request* r : all_) look(*r);
  }

 private:
  struct Shared {  // never destroyed
    std::mutex mutex;
    std::condition_variable changed;
    bool stopped = false;
  };
  static Shared& shared();
  static void done(void* ctx, const mr_result* result);
  bool all_answered() const;  // under the lock

  Live& live_;
  std::vector<Request*> all_;  // never freed: a late answer is a finding, not a crash
};

std::uint64_t now_ns();  // CLOCK_MONOTONIC

}  // namespace millrace::sdk_tool
