// Takes small records out of librdkafka's queues before the host asks for them, on a thread beside the host's.
//
// Invariant: a partition has at most one look under way or waiting to be given out, and while it has, nobody else looks
// into its queue. Whoever gives the partition up or moves its position forgets the look first: what it took is lost to
// this client otherwise.
//
// Rationale: to take and copy records of 100 bytes is half of what the host's thread does for them, and most of it is
// waiting for memory that librdkafka's thread wrote (docs/benchmarks.md).
//
// Used by stream.h, which has a slot for each partition, and by poller.cc. Confined to the source's thread; the looks
// happen on the thread "kafka-reader", which the first of them starts and the destructor joins.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "take.h"
#include "wakeup.h"

namespace millrace::kafka {

class ReadAhead {
 public:
  // At most so many records of the queue, those before `next` left out. Called on the thread.
  using Look = std::function<Taken(rd_kafka_queue_t* queue, std::int64_t next, std::size_t most)>;

  ReadAhead(Look look, Wakeup& wakeup) : look_(std::move(look)), wakeup_(wakeup) {}
  ~ReadAhead();  // after its slots

  class Slot {
   public:
    Slot() = default;
    ~Slot() { forget(); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    // Nothing is asked for, and nothing is ready.
    bool is_idle() const noexcept { return state_.load(std::memory_order_acquire) == State::kIdle; }
    bool is_ready() const noexcept { return state_.load(std::memory_order_acquire) == State::kReady; }
    Taken take();               // what is ready; then it is idle
    void put_back(Taken rest);  // when it is idle: is ready again
    void forget();              // waits for a look that has begun, and drops what is ready

   private:
    friend class ReadAhead;
    enum class State { kIdle, kAsked, kReady };
    ReadAhead* owner_ = nullptr;
    std::atomic<State> state_{State::kIdle};
    // The thread's own while it is asked:
    rd_kafka_queue_t* queue_ = nullptr;
    std::int64_t next_ = 0;
    std::size_t most_ = 0;
    Taken taken_;
  };

  // Orders a look for an idle slot. The queue has to last as long as the slot is not idle.
  // False: enough is ready or asked for already, or the system gives no thread.
  bool ask(Slot& slot, rd_kafka_queue_t* queue, std::int64_t next, std::size_t most);
  // [any] Looks that have ended, ever. Whoever sleeps is woken at each.
  std::uint64_t ended() const noexcept { return ended_.load(); }

 private:
  bool has_thread();
  void run();

  const Look look_;
  Wakeup& wakeup_;
  std::atomic<std::uint64_t> ended_{0};
  std::size_t held_ = 0;  // slots that are not idle
  std::mutex mutex_;
  std::condition_variable asked_for_, ended_one_;
  std::deque<Slot*> asked_;  // guarded by mutex_
  Slot* looking_ = nullptr;  // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace::kafka
