// ManualClock and FakeExecutor: time and blocking work that happen when a test says so.
//
// No work is lost: what was accepted runs, at the latest in drain(), unless its timer was cancelled first.
//
// Thread-safe.
#pragma once

#include <millrace/plugin.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace millrace::testing {

// Time that stands still until it is moved. For the host's timers, and for a plugin that reads its clock through a
// function.
class ManualClock {
 public:
  std::uint64_t now_ns() const noexcept { return now_ns_.load(); }
  std::int64_t unix_ms() const noexcept {
    return 1'700'000'000'000 + static_cast<std::int64_t>(now_ns_.load() / 1'000'000);
  }
  void advance(std::chrono::nanoseconds by) noexcept { now_ns_ += static_cast<std::uint64_t>(by.count()); }

 private:
  std::atomic<std::uint64_t> now_ns_{1'000'000'000};
};

// What millrace.executor/1 does with work: runs it on two threads, keeps it for run_pending(), or turns it away.
enum class ExecutorMode { kThreads, kManual, kRefuse };

// The executor behind FakeHost.
class FakeExecutor {
 public:
  explicit FakeExecutor(ExecutorMode mode) : mode_(mode) {
    if (mode == ExecutorMode::kThreads)
      for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { work(); });
  }
  ~FakeExecutor() {
    drain();
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

  // As a host before stop(): everything accepted runs, timers at once, and what they start as well.
  void drain() {
    std::unique_lock lock(mutex_);
    for (;;) {
      due(~std::uint64_t{0});
      if (mode_ == ExecutorMode::kThreads) {
        changed_.notify_all();
        changed_.wait(lock, [&] { return (tasks_.empty() && running_.empty()) || !timers_.empty(); });
      } else if (!tasks_.empty()) {
        run_front(lock);
      }
      if (tasks_.empty() && running_.empty() && timers_.empty()) return;
    }
  }
  // kManual: runs what is waiting and what that starts, on this thread. Gives the number of pieces.
  std::size_t run_pending() {
    std::unique_lock lock(mutex_);
    std::size_t n = 0;
    for (; !tasks_.empty(); ++n) run_front(lock);
    return n;
  }
  // Moves the timers that are due at `now_ns` to the work that is waiting.
  void fire(std::uint64_t now_ns) {
    {
      std::lock_guard lock(mutex_);
      due(now_ns);
    }
    changed_.notify_all();
    if (mode_ == ExecutorMode::kManual) run_pending();
  }
  std::size_t pending() const {
    std::lock_guard lock(mutex_);
    return tasks_.size() + timers_.size() + running_.size();
  }

  mr_status run(void (*fn)(void*), void* arg) {
    if (mode_ == ExecutorMode::kRefuse) return MR_RESOURCE_EXHAUSTED;
    {
      std::lock_guard lock(mutex_);
      tasks_.push_back({++last_id_, fn, arg});
    }
    changed_.notify_all();
    return MR_OK;
  }
  std::uint64_t after(std::uint64_t at_ns, void (*fn)(void*), void* arg) {
    if (mode_ == ExecutorMode::kRefuse) return 0;
    std::lock_guard lock(mutex_);
    timers_.emplace(at_ns, Task{++last_id_, fn, arg});
    return last_id_;
  }
  void cancel(std::uint64_t id) {
    std::unique_lock lock(mutex_);
    std::erase_if(timers_, [&](const auto& t) { return t.second.id == id; });
    std::erase_if(tasks_, [&](const Task& t) { return t.id == id; });
    changed_.wait(lock, [&] {
      const auto at = running_.find(id);
      return at == running_.end() || at->second == std::this_thread::get_id();  // inside its own work: no-op
    });
  }

 private:
  struct Task {
    std::uint64_t id;
    void (*fn)(void*);
    void* arg;
  };
  void due(std::uint64_t now_ns) {
    while (!timers_.empty() && timers_.begin()->first <= now_ns) {
      tasks_.push_back(timers_.begin()->second);
      timers_.erase(timers_.begin());
    }
  }
  void run_front(std::unique_lock<std::mutex>& lock) {
    const Task task = tasks_.front();
    tasks_.pop_front();
    running_[task.id] = std::this_thread::get_id();
    lock.unlock();
    task.fn(task.arg);
    lock.lock();
    running_.erase(task.id);
    changed_.notify_all();
  }
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return closing_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      run_front(lock);
    }
  }

  const ExecutorMode mode_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::multimap<std::uint64_t, Task> timers_;  // by due time
  std::map<std::uint64_t, std::thread::id> running_;
  std::uint64_t last_id_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace millrace::testing
