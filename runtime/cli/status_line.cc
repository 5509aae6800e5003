#include "runtime/cli/status_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace millrace::cli {
namespace {

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
    if (n <= 0) return;  // nobody is listening, and there is nobody to tell
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

constexpr std::string_view kBackToStart = "\r\x1b[K";

}  // namespace

bool StatusLine::wanted(bool text_log) {
  const char* terminal = std::getenv("TERM");
  return text_log && isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

void StatusLine::print(std::string_view line) {
  const std::lock_guard guard(mutex_);
  std::string text;
  if (!shown_.empty()) text += kBackToStart;
  text += line;
  text += '\n';
  text += shown_;
  write_all(text);
}

void StatusLine::show(std::string text) {
  if (!live_) return;
  const std::lock_guard guard(mutex_);
  // A line that wraps cannot be taken back.
  if (const std::size_t width = terminal_width(); text.size() >= width) text.resize(width - 1);
  shown_ = std::move(text);
  write_all(std::string(kBackToStart) + shown_);
}

void StatusLine::clear() {
  const std::lock_guard guard(mutex_);
  if (shown_.empty()) return;
  write_all(kBackToStart);
  shown_.clear();
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string Progress::describe(const std::vector<pipeline::PipelineStatus>& now, std::uint64_t now_ns) {
  std::string text;
  for (const pipeline::PipelineStatus& status : now) {
    const pipeline::Counters& counters = status.poller.counters;
    const std::uint64_t finished = counters.delivered + counters.filtered + counters.rejected;
    Before& before = before_[status.name];
    if (before.time_ns != 0 && now_ns > before.time_ns)
      before.rate =
          static_cast<double>(finished - before.finished) * 1e9 / static_cast<double>(now_ns - before.time_ns);
    before.finished = finished;
    before.time_ns = now_ns;

    if (!text.empty()) text += " | ";
    text += status.name + ": " + with_commas(static_cast<std::uint64_t>(before.rate + 0.5)) + " records/s";
    text += ", lag " + (status.poller.lag < 0 ? std::string("unknown")
                                              : with_commas(static_cast<std::uint64_t>(status.poller.lag)));
    text += ", in flight " + std::to_string(status.poller.in_flight);
    text += ", retries " + with_commas(counters.retried);
    if (status.health.state != observe::Health::kHealthy) {
      text += ", " + std::string(observe::health_name(status.health.state));
      if (!status.health.problem.id.empty()) text += " " + status.health.problem.id;
    }
  }
  return text;
}

}  // namespace millrace::cli
