// Deadlines on CLOCK_MONOTONIC, and the system's words for an error.
//
// Invariant: a deadline never wraps; kNever is none.
//
// Used by both transports and, for its check's deadline, by plugin.cc. Thread-safe: pure functions.
#pragma once
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

namespace millrace::lambda_invoke {

inline constexpr std::uint64_t kMsToNs = 1'000'000;
inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
inline std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

// A deadline that does not wrap.
inline std::uint64_t after_ms(std::uint64_t now, std::uint64_t ms) {
  return ms < (kNever - now) / kMsToNs ? now + ms * kMsToNs : kNever;
}

inline std::string system_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace millrace::lambda_invoke
