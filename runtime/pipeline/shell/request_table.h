// The requests that the core has in hand: their bodies, the records in them, and what the sink last said.
//
// What a sink was given stays valid until its done() came, whatever the core decides meanwhile: a discarded request is
// freed only when no answer is owed for it.
//
// Used by Poller. Confined to its thread, but for Submission::done, which a sink calls on any thread.
#pragma once

#include <millrace/plugin.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/pipeline/shell/inbox.h"
#include "runtime/pipeline/slice.h"

namespace millrace::pipeline {

// Growing memory for a request body. Not zeroed, and kept for the next request by the table.
class Body {
 public:
  Body() = default;
  ~Body() { std::free(data_); }
  Body(Body&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Body& operator=(Body&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  void clear() noexcept { size_ = 0; }
  std::uint64_t size() const noexcept { return size_; }
  std::uint64_t capacity() const noexcept { return capacity_; }
  const std::uint8_t* data() const noexcept { return data_; }
  // Room for `more` bytes behind what is there; null when there is no memory. Earlier pointers are dead.
  std::uint8_t* reserve(std::uint64_t more) noexcept;
  void advance(std::uint64_t used) noexcept { size_ += used; }
  mr_writer writer() noexcept;

 private:
  std::uint8_t* data_ = nullptr;
  std::uint64_t size_ = 0, capacity_ = 0;
};

struct StreamName {
  std::string topic;
  std::int32_t partition = 0;
};

struct Request {
  std::string id;  // for logs, dead letters and the sink
  Body body;
  std::vector<Slice> slices;          // what the body holds
  std::vector<mr_record_id> records;  // of the body, in its order
  std::vector<mr_stream> streams;
  std::vector<std::shared_ptr<const StreamName>>
      names;         // own what `streams` points to: a batch may be copied meanwhile
  mr_request raw{};  // what the sink was given; valid like the rest
  SinkAnswer last;
  Ticket ticket = 0;  // of the latest submission
  std::uint32_t submissions = 0;
  bool owed = false;       // submitted, and done() has not come
  bool discarded = false;  // over for the core
};

// What a sink's completion points to. Slots live as long as the table and are used again in turn, so a plugin that
// answers twice hits a slot that is empty or, at worst, answers for another ticket, which the core then sees as late.
class Submission {
 public:
  void arm(Inbox& inbox, std::uint64_t request, Ticket ticket) {
    inbox_ = &inbox;
    request_ = request;
    ticket_.store(ticket, std::memory_order_release);
  }
  void disarm() { ticket_.store(0, std::memory_order_release); }
  bool armed() const { return ticket_.load(std::memory_order_acquire) != 0; }
  mr_completion completion() { return {this, &Submission::done}; }

 private:
  static void done(void* ctx, const mr_result* result);
  Inbox* inbox_ = nullptr;
  std::uint64_t request_ = 0;
  std::atomic<Ticket> ticket_{0};
};

class RequestTable {
 public:
  // spare_bodies: how many bodies are kept for reuse.
  explicit RequestTable(std::size_t spare_bodies) : spare_bodies_(spare_bodies) {}

  // The request of this id, made when new, with an empty body ready to be written.
  Request& prepare(RequestId id);
  Request* find(RequestId id);
  // The core needs it no more; freed at once or when the owed done() comes.
  void discard(RequestId id);
  void free_body(Request& request);
  // done() came for this submission; nothing is owed any more when it was the latest.
  void answered(RequestId id, Ticket ticket);
  std::size_t owed() const;
  std::size_t size() const noexcept { return requests_.size(); }

  Submission& submission();

 private:
  void erase(std::unordered_map<RequestId, std::unique_ptr<Request>>::iterator at);

  const std::size_t spare_bodies_;
  std::unordered_map<RequestId, std::unique_ptr<Request>> requests_;
  std::vector<Body> bodies_;
  std::vector<std::unique_ptr<Request>> spare_;          // emptied, with their vectors' memory
  std::deque<std::unique_ptr<Submission>> submissions_;  // the front is the one that rested longest
};

}  // namespace millrace::pipeline
