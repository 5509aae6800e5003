// Every delay of this source in one place, so that a test can shorten them.
//
// Immutable value.
#pragma once

#include <cstdint>

#include "wakeup.h"

namespace millrace::kafka {

struct Timing {
  std::int64_t retry = 1 * kSecond;           // after a failed question or commit
  std::int64_t unknown_retry = 2 * kSecond;   // asking again for a topic that does not exist
  std::int64_t unknown_grace = 60 * kSecond;  // before saying so: clusters report it in passing
  std::int64_t blocked_retry = 30 * kSecond;  // when only a person can help
  std::int64_t report = 1 * kSecond;
  std::int64_t probe = 2 * kSecond;             // asking whether an unreachable cluster is back
  std::int64_t commit_patience = 10 * kSecond;  // without an answer: said as a problem
  std::int64_t reopen = 5 * kSecond;            // after a fatal error
  int request_timeout_ms = 10'000;
};

}  // namespace millrace::kafka
