// SIGINT and SIGTERM as values that the main thread waits for.
//
// Must be made before any other thread, so that all of them inherit the blocked mask and no signal takes another way.
//
// Confined to the main thread.
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>

namespace millrace::cli {

class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
    std::signal(SIGPIPE, SIG_IGN);  // a closed pipe or socket is an error where it is written, not the process's end
  }
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The signal that came within `patience`, if any.
  std::optional<int> wait(std::chrono::milliseconds patience) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const timespec timeout{.tv_sec = seconds.count(),
                           .tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(patience - seconds).count()};
    const int signal = sigtimedwait(&set_, nullptr, &timeout);
    if (signal < 0) return std::nullopt;
    return signal;
  }

 private:
  sigset_t set_{}, before_{};
};

}  // namespace millrace::cli
