// The source `@NAME@`: numbered records on one stream, at a steady rate, going on after a restart where it was committed.
#include <millrace/plugin.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "schema.h"

class @CLASS@ {
 public:
  static constexpr millrace::Info info{
      .type = "@NAME@", .summary = "Numbered records, at a steady rate.", .schema = kSchema};

  @CLASS@(millrace::Host host, const millrace::Config& config)
      : streams_(host), state_(host.state()), per_second_(config.at("per_second").get<double>()) {
    if (const auto kept = state_ ? state_.get("next") : std::nullopt) next_ = committed_ = std::stoll(*kept);
  }

  std::unique_ptr<millrace::Records> poll(millrace::Credit credit) {
    const auto now = Clock::now();
    if (!assigned_) {
      assigned_ = true;
      due_ = now;
      const mr_stream stream[] = {name()};
      streams_.assigned(stream, 1);
    }
    report(now);
    auto batch = std::make_unique<Batch>();
    while (!paused_ && due_ <= now && batch->records.size() < credit.records && batch->retained_bytes < credit.bytes) {
      batch->add(next_++);
      due_ += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second_));
    }
    if (!batch->records.empty()) {
      batch->streams = {name()};
      return batch;
    }
    const auto until = now + std::chrono::milliseconds(credit.timeout_ms);
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, paused_ || credit.records == 0 ? until : std::min(until, due_), [&] { return interrupted_; });
    interrupted_ = false;
    return nullptr;
  }

  // All before `next` is finished: after a restart it is not delivered again.
  void commit(std::span<const mr_position> positions, std::uint64_t) {
    for (const mr_position& p : positions) {
      if (p.stream_id != kStream) continue;
      if (state_) state_.put("next", std::to_string(p.next));
      committed_ = p.next;
    }
  }
  void set_paused(std::span<const std::uint64_t> ids, bool paused) {
    if (std::find(ids.begin(), ids.end(), kStream) != ids.end()) paused_ = paused;
  }
  void release_streams(std::span<const std::uint64_t>) {}  // this source never revokes one
  void interrupt() noexcept {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    wake_.notify_all();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint64_t kStream = 1;

  // Owns the bytes that its records lead to.
  struct Batch : millrace::Records {
    void add(std::int64_t position) {
      const std::string& text =
          *texts.emplace_back(std::make_unique<std::string>("{\"n\":" + std::to_string(position) + "}"));
      mr_record r{};
      r.value = millrace::bytes(text);
      r.position = position;
      r.timestamp_ms = -1;
      records.push_back(r);
      retained_bytes += text.size();
    }
    std::vector<std::unique_ptr<std::string>> texts;  // behind pointers: growing must not move the bytes
  };

  static mr_stream name() { return {kStream, millrace::str("@NAME@"), 0, 0}; }
  void report(Clock::time_point now) {
    if (now < next_report_) return;
    next_report_ = now + std::chrono::seconds(1);
    const mr_stream_state state[] = {{kStream, 0, next_, next_, committed_}};
    streams_.report(state);
  }

  millrace::Streams streams_;
  millrace::State state_;
  const double per_second_;
  std::int64_t next_ = 0, committed_ = -1;
  Clock::time_point due_, next_report_;
  bool assigned_ = false, paused_ = false;
  std::mutex mutex_;  // guards the flag, which interrupt() sets on any thread
  std::condition_variable wake_;
  bool interrupted_ = false;
};

MR_PLUGIN("org.example.@NAME@", "0.1.0", &millrace::source<@CLASS@>)
