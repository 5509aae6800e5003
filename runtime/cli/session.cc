#include "runtime/cli/session.h"

#include <unistd.h>

#include <string>

namespace millrace::cli {
namespace {

constexpr std::chrono::milliseconds kStep{100};
constexpr int kStepsPerRefresh = 5;     // of the live line
constexpr int kStepsPerProgress = 300;  // of the log, where there is no live line

void last_word(const pipeline::Host& host, StatusLine& line) {
  for (const pipeline::PipelineStatus& status : host.status()) {
    const auto& end = status.poller;
    std::string text = status.name + ": stopped; " + with_commas(end.counters.delivered) + " records delivered";
    if (end.counters.filtered > 0) text += ", " + with_commas(end.counters.filtered) + " filtered out";
    if (end.counters.rejected > 0) text += ", " + with_commas(end.counters.rejected) + " to the dead-letter spool";
    if (end.result.undelivered > 0)
      text += ", " + with_commas(end.result.undelivered) +
              " read and not delivered: the next run of this group delivers them";
    if (end.result.abandoned > 0)
      text += " (" + with_commas(end.result.abandoned) +
              " were in flight when drain_timeout ended and may be delivered twice)";
    if (!end.result.committed)
      text += "; the last offsets could not be committed, so some records may be delivered twice";
    line.print(text);
  }
}

}  // namespace

void run_session(pipeline::Host& host, Signals& signals, StatusLine& line, const Clock& clock,
                 const observe::Logger& log, const std::function<bool()>& done) {
  Progress progress;
  progress.describe(host.status(), clock.now_ns());
  bool draining = false;
  for (int step = 1;; ++step) {
    const std::optional<int> signal = signals.wait(kStep);
    if (signal && draining) {
      line.clear();
      _exit(128 + *signal);
    }
    if (!draining && (signal || (done && done()))) {
      draining = true;
      if (signal)
        line.print(
            "stopping: no new records are taken, requests in flight are awaited (a second signal stops at once)");
      host.request_stop();
    }
    if (draining && host.stopped()) break;
    if (line.live() ? step % kStepsPerRefresh == 0 : step % kStepsPerProgress == 0) {
      const std::string text = progress.describe(host.status(), clock.now_ns());
      if (line.live())
        line.show(text);
      else
        log.info(text);
    }
  }
  line.clear();
  host.join();
  last_word(host, line);
}

}  // namespace millrace::cli
