#include "read_ahead.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace millrace::kafka {
namespace {

// Enough that a host of a dozen busy partitions finds its next batch; with thousands of them little memory all the
// same.
constexpr std::size_t kMostHeld = 16;

}  // namespace

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_for_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// A source that never has much to read never has the thread.
bool ReadAhead::has_thread() {
  if (thread_.joinable()) return true;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return false;  // everything is read on the source's thread then
  }
  pthread_setname_np(thread_.native_handle(), "kafka-reader");
  return true;
}

bool ReadAhead::ask(Slot& slot, rd_kafka_queue_t* queue, std::int64_t next, std::size_t most) {
  if (held_ >= kMostHeld || !has_thread()) return false;
  ++held_;
  slot.owner_ = this;
  slot.queue_ = queue;
  slot.next_ = next;
  slot.most_ = most;
  slot.state_.store(Slot::State::kAsked);
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(&slot);
  }
  asked_for_.notify_one();
  return true;
}

void ReadAhead::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_for_.wait(lock, [&] { return stopping_ || !asked_.empty(); });
    if (stopping_) return;
    looking_ = asked_.front();
    asked_.pop_front();
    Slot& slot = *looking_;
    lock.unlock();
    slot.taken_ = look_(slot.queue_, slot.next_, slot.most_);
    lock.lock();
    slot.state_.store(Slot::State::kReady);
    looking_ = nullptr;
    ended_one_.notify_one();
    ended_.fetch_add(1);
    wakeup_.signal_sleeper();
  }
}

Taken ReadAhead::Slot::take() {
  --owner_->held_;
  state_.store(State::kIdle);
  return std::exchange(taken_, {});
}

void ReadAhead::Slot::put_back(Taken rest) {
  ++owner_->held_;
  taken_ = std::move(rest);
  state_.store(State::kReady);
}

void ReadAhead::Slot::forget() {
  if (is_idle()) return;
  {
    std::unique_lock lock(owner_->mutex_);
    std::erase(owner_->asked_, this);
    owner_->ended_one_.wait(lock, [&] { return owner_->looking_ != this; });
  }
  static_cast<void>(take());
}

}  // namespace millrace::kafka
