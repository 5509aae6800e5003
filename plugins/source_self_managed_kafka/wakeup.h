// One eventfd on which everything that can end a blocked poll() is heard: every librdkafka queue, and interrupt().
//
// Invariant: a signal is never lost: it is either read by drain() or makes the next wait() return at once. A queue
// signals only when it goes from empty to non-empty, so whoever leaves one non-empty has to remember that.
//
// signal() and signal_sleeper() are thread-safe and noexcept; the rest is confined to the source's thread.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace millrace::kafka {

// CLOCK_MONOTONIC, in which the host gives its deadlines.
inline std::int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000 * kMillisecond;

class Wakeup {
 public:
  Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  ~Wakeup() { ::close(fd_); }

  int fd() const noexcept { return fd_; }
  void signal() noexcept {
    const std::uint64_t one = 1;
    // Full means that a signal is already waiting.
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
  }
  // Only to whoever waits for news, or is about to.
  void signal_sleeper() noexcept {
    if (sleeping_.load()) signal();
  }
  // True when something signalled since the last call.
  bool drain() noexcept {
    std::uint64_t count = 0;
    return ::read(fd_, &count, sizeof count) == static_cast<ssize_t>(sizeof count);
  }
  // Returns on a signal, at the deadline, or early.
  void wait_until(std::int64_t deadline_ns) noexcept {
    const std::int64_t left = deadline_ns - now_ns();
    if (left <= 0) return;
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    const std::int64_t ms = std::min<std::int64_t>((left + kMillisecond - 1) / kMillisecond, 60'000);
    ::poll(&waiting, 1, static_cast<int>(ms));
  }
  // The same, unless there is news: what signal_sleeper() tells of, looked at once more when it would be heard.
  template <class IsNews>
  void wait_for_news(std::int64_t deadline_ns, IsNews&& is_news) {
    sleeping_.store(true);
    if (!is_news()) wait_until(deadline_ns);
    sleeping_.store(false);
  }

 private:
  int fd_;
  std::atomic<bool> sleeping_{false};
};

}  // namespace millrace::kafka
