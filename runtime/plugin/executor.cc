#include "runtime/plugin/executor.h"

#include <pthread.h>

#include <algorithm>

namespace millrace::plugin {

Executor::Executor(Options options) : options_(std::move(options)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.threads); ++i)
    threads_.emplace_back([this, name = options_.name.substr(0, 10) + "-" + std::to_string(i)] {
      ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
      work();
    });
}

Executor::~Executor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  due_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::uint64_t Executor::submit(Owner& owner, std::chrono::nanoseconds delay, Task task) {
  // Far enough to be never, near enough not to overflow the clock.
  delay = std::clamp<std::chrono::nanoseconds>(delay, std::chrono::nanoseconds(0), std::chrono::hours(24 * 365));
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (owner.closed_ || stopping_ || owner.unfinished_ >= options_.capacity) return 0;
    id = next_id_++;
    waiting_.emplace(std::chrono::steady_clock::now() + delay, Entry{id, &owner, std::move(task)});
    ++owner.unfinished_;
  }
  due_.notify_one();
  return id;
}

void Executor::cancel(Owner& owner, std::uint64_t id) {
  Entry cancelled{};  // destroyed without the lock: a task may hold something whose destructor comes back here
  {
    std::unique_lock lock(mutex_);
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const auto& w) { return w.second.id == id && w.second.owner == &owner; });
    if (found == waiting_.end()) {
      const auto running = running_.find(id);
      if (running == running_.end() || running->second == std::this_thread::get_id()) return;
      finished_.wait(lock, [&] { return !running_.contains(id); });
      return;
    }
    cancelled = std::move(found->second);
    waiting_.erase(found);
    --owner.unfinished_;
  }
  finished_.notify_all();
}

void Executor::drain(Owner& owner) {
  std::unique_lock lock(mutex_);
  owner.closed_ = true;
  std::vector<Entry> mine;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (it->second.owner != &owner) {
      ++it;
      continue;
    }
    mine.push_back(std::move(it->second));
    it = waiting_.erase(it);
  }
  for (Entry& entry : mine) waiting_.emplace(Time::min(), std::move(entry));
  due_.notify_all();
  finished_.wait(lock, [&] { return owner.unfinished_ == 0; });
}

void Executor::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      due_.wait(lock);
      continue;
    }
    const auto first = waiting_.begin();
    if (const Time at = first->first;
        at > std::chrono::steady_clock::now()) {  // a copy: the entry may be gone on return
      due_.wait_until(lock, at);
      continue;
    }
    Entry entry = std::move(first->second);
    waiting_.erase(first);
    running_.emplace(entry.id, std::this_thread::get_id());
    lock.unlock();
    entry.task();
    entry.task = nullptr;  // what it held dies before anyone is told that it has finished
    lock.lock();
    running_.erase(entry.id);
    --entry.owner->unfinished_;
    finished_.notify_all();
  }
}

}  // namespace millrace::plugin
