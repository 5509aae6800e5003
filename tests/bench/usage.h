// What a process has used, from /proc: CPU time, memory, threads, file descriptors.
//
// Zero for a process that is gone. Thread-safe.
#pragma once

#include <sys/types.h>

namespace millrace::bench {

struct Usage {
  double cpu_seconds = 0;
  double memory_mb = 0, peak_mb = 0;  // resident
  int threads = 0, descriptors = 0;
};

Usage usage_of(pid_t pid);

}  // namespace millrace::bench
