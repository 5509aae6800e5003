// The one live line at the bottom of a terminal, and the log lines above it.
//
// Log lines and the live line share standard error; everything goes through here, so a log line never lands in the
// middle of the live one. Without a terminal there is no live line, only the log.
//
// Used by `run` and `dev`. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/pipeline/shell/pipeline.h"

namespace millrace::cli {

class StatusLine {
 public:
  // live: whether standard error is a terminal that a person looks at.
  explicit StatusLine(bool live) : live_(live) {}
  ~StatusLine() { clear(); }

  // A finished line of the log or of the program's talk, without its newline.
  void print(std::string_view line);
  // Replaces the live line.
  void show(std::string text);
  void clear();
  bool live() const noexcept { return live_; }

  // True when standard error is a terminal, TERM is not "dumb" and the log is for people.
  static bool wanted(bool text_log);

 private:
  const bool live_;
  std::mutex mutex_;
  std::string shown_;  // guarded by mutex_
};

// Turns successive states into "orders: 1,234 records/s, lag 56, in flight 5, retries 0", with rates over the time
// between two calls. Confined to one thread.
class Progress {
 public:
  std::string describe(const std::vector<pipeline::PipelineStatus>& now, std::uint64_t now_ns);

 private:
  struct Before {
    std::uint64_t finished = 0, time_ns = 0;
    double rate = 0;
  };
  std::map<std::string, Before> before_;
};

// 1234567 → "1,234,567".
std::string with_commas(std::uint64_t number);

}  // namespace millrace::cli
