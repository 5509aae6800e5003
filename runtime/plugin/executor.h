// A bounded pool of named threads for work that blocks, with timers; each user of it is an Owner that can be drained.
//
// An accepted task runs exactly once, or never if its timer was cancelled first. After drain() returns, nothing of that
// owner runs or ever will: that is what makes it safe to stop and destroy a component. Timers still pending when an
// owner is drained run at once rather than never, because a plugin may hold memory for them.
//
// Used through millrace.executor/1 by plugins, and by the host for fsync and the like. An event loop does not belong
// here: it would hold a thread, and drain() would wait for it.
//
// Thread-safe. drain() and the destructor must not be called from a task.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millrace::plugin {

class Executor {
 public:
  struct Options {
    std::string name = "mr-exec";  // threads are called NAME-0 …; at most 10 characters
    std::size_t threads = 2;
    std::size_t capacity = 1024;  // tasks and timers of one owner that have not finished
  };
  using Task = std::function<void()>;

  class Owner {
   public:
    // The executor outlives its owners.
    explicit Owner(Executor& executor) : executor_(executor) {}
    ~Owner() { drain(); }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

    // False, and the task will not run: the owner is at its capacity or is being drained.
    bool run(Task task) { return after(std::chrono::nanoseconds(0), std::move(task)) != 0; }
    // The timer's number, or 0 when it was not accepted.
    std::uint64_t after(std::chrono::nanoseconds delay, Task task) {
      return executor_.submit(*this, delay, std::move(task));
    }
    // When it returns, the task has finished or never will run. Inside that very task it returns at once.
    void cancel(std::uint64_t timer) { executor_.cancel(*this, timer); }
    // Refuses further work, runs pending timers now, waits for everything. Idempotent.
    void drain() { executor_.drain(*this); }

   private:
    friend class Executor;
    Executor& executor_;
    std::size_t unfinished_ = 0;  // guarded by the executor's mutex
    bool closed_ = false;         // guarded by the executor's mutex
  };

  explicit Executor(Options options);
  Executor() : Executor(Options()) {}
  // Joins the threads. Every owner is gone or drained by then.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    std::uint64_t id;
    Owner* owner;
    Task task;
  };

  std::uint64_t submit(Owner& owner, std::chrono::nanoseconds delay, Task task);
  void cancel(Owner& owner, std::uint64_t id);
  void drain(Owner& owner);
  void work();

  const Options options_;
  std::mutex mutex_;                  // guards everything below
  std::condition_variable due_;       // an entry became due, or stopping_
  std::condition_variable finished_;  // a task finished
  std::multimap<Time, Entry> waiting_;
  std::map<std::uint64_t, std::thread::id> running_;
  std::uint64_t next_id_ = 1;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace millrace::plugin
