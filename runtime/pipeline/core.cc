// The event switch, planning and polling of the delivery core. See core.h for the protocol, core_impl.h for the map.
#include "runtime/pipeline/core.h"

#include <algorithm>

#include "runtime/pipeline/core_impl.h"

namespace millrace::pipeline {

Core::Core(const CoreConfig& config) : impl_(std::make_unique<Impl>(config)) {}
Core::~Core() = default;
void Core::on(const Event& event, Time now, Actions& actions) {
  impl_->on(event, now, actions);
}
Time Core::next_wake() const {
  return impl_->next_wake();
}
const Counters& Core::counters() const {
  return impl_->counters_;
}
std::uint32_t Core::in_flight() const {
  return impl_->requests_.slots_taken();
}
std::uint64_t Core::credit() const {
  return impl_->credit_.left();
}
std::uint64_t Core::unfinished() const {
  return impl_->unfinished_;
}
std::optional<Position> Core::watermark(StreamId id) const {
  const Stream* stream = impl_->streams_.find(id);
  if (stream == nullptr || !stream->tracker.known()) return std::nullopt;
  return stream->tracker.watermark();
}

namespace {
std::uint32_t effective_size(const CoreConfig& config) {
  const std::uint32_t size = std::max(config.batch_size, 1u);
  return config.sink_max_records > 0 ? std::min(size, config.sink_max_records) : size;
}
}  // namespace

Core::Impl::Impl(const CoreConfig& config)
    : credit_(config.memory),
      config_(config),
      batch_size_(effective_size(config)),
      batch_bytes_(std::min(config.batch_bytes, config.sink_max_bytes)),
      backoff_(config.backoff_initial, config.backoff_maximum, config.seed),
      batcher_(streams_, batch_size_, batch_bytes_, config.batch_window),
      committer_(streams_, config.commit_interval, config.commit_timeout),
      slots_(config.max_in_flight) {
  if (config_.poll_records == 0) config_.poll_records = std::max(batch_size_, 500u);
  if (config_.max_uncommitted == 0) config_.max_uncommitted = std::uint64_t{20} * batch_size_;
}

void Core::Impl::on(const Event& event, Time now, Actions& actions) {
  if (stop_.over) return;
  now_ = std::max(now_, now);
  out_ = &actions;
  std::visit([this](const auto& e) { handle(e); }, event);
  counters_.commits = committer_.commits();
  counters_.commit_failures = committer_.failures();
}

void Core::Impl::handle(const Tick&) {
  const std::size_t before = out_->size();
  plan_drains();
  if (stop_.over) return;
  plan_refilters();
  plan_spools();
  plan_requests();
  plan_pauses();
  committer_.plan(now_, *out_);
  plan_alarm();
  if (out_->size() == before) order_poll();
}

void Core::Impl::handle(const Lease& lease) {
  slots_ = lease.slots;
  credit_.set_budget(lease.bytes);
}

void Core::Impl::handle(const CommitAnswered& answer) {
  if (committer_.answered(answer.commit, answer.ok, now_)) return;
  for (Drain& drain : drains_) {
    if (drain.commit != answer.commit || drain.commit == 0) continue;
    if (!answer.ok) {
      committer_.count_failure();
      stop_.committed = false;
    }
    complete(drain);
    return;
  }
}

// Nothing more is polled while bytes are used up, while stopping, and while commits have failed for so long that a
// crash would deliver too much twice.
bool Core::Impl::starved() const {
  const Time since = committer_.uncommitted_since();
  const bool overdue = since != kNever && now_ > since + config_.commit_alarm;
  return stop_.on || credit_.left() == 0 || (overdue && committer_.uncommitted() > config_.max_uncommitted);
}

bool Core::Impl::may_start() const {
  if (requests_.slots_taken() >= slots_) return false;
  return !blocked_.on || (blocked_.probe == 0 && now_ >= blocked_.next);
}

std::uint64_t Core::Impl::window_bytes() const {
  const std::uint64_t share = credit_.budget() / 2 / std::max<std::uint64_t>(streams_.size(), 1);
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 20;
  return std::clamp(share, kLeast, std::max(kLeast, 2 * batch_bytes_));
}

// Full, and then until half of the window is free again: a poll overshoots anyway, and pausing costs a call.
bool Core::Impl::wants_pause(const Stream& stream) const {
  const std::uint64_t records = std::uint64_t{2} * batch_size_, bytes = window_bytes();
  if (stream.draining) return true;
  if (stream.paused) return stream.held_records > records / 2 || stream.held_bytes > bytes / 2;
  return stream.held_records >= records || stream.held_bytes >= bytes;
}

void Core::Impl::check_pause(Stream& stream) {
  if (stream.pause_listed || wants_pause(stream) == stream.paused) return;
  stream.pause_listed = true;
  pause_list_.push_back(stream.id);
}

void Core::Impl::plan_pauses() {
  Pause pause{{}, true}, resume{{}, false};
  for (StreamId id : pause_list_) {
    Stream* stream = streams_.find(id);
    if (stream == nullptr) continue;
    stream->pause_listed = false;
    const bool wanted = wants_pause(*stream);
    if (wanted == stream->paused) continue;
    stream->paused = wanted;
    batcher_.refresh(*stream);
    (wanted ? pause : resume).streams.push_back(id);
  }
  pause_list_.clear();
  if (!pause.streams.empty()) out_->push_back(std::move(pause));
  if (!resume.streams.empty()) out_->push_back(std::move(resume));
}

void Core::Impl::plan_alarm() {
  const Time since = committer_.uncommitted_since();
  const bool overdue = since != kNever && now_ > since + config_.commit_alarm;
  if (overdue && !problems_.raised(Problem::kCommit)) problems_.raise(Problem::kCommit, *out_);
  if (!overdue && problems_.raised(Problem::kCommit)) problems_.settle(Problem::kCommit, *out_);
}

void Core::Impl::order_poll() {
  const Time until = std::min(next_wake(), now_ + config_.poll_wait);
  if (starved())
    out_->push_back(Poll{0, 0, until});
  else
    out_->push_back(Poll{config_.poll_records, credit_.left(), until});
}

// Only what a Tick could act upon: a timer that waits for a slot or for the probe would spin.
Time Core::Impl::next_wake() const {
  if (stop_.over) return kNever;
  Time wake = std::min(committer_.next_wake(), requests_.next_spool_due());
  if (requests_.slots_taken() < slots_) {
    const Time work = std::min(requests_.next_due(), batcher_.next_due());
    if (!blocked_.on)
      wake = std::min(wake, work);
    else if (blocked_.probe == 0 && work != kNever)
      wake = std::min(wake, std::max(work, blocked_.next));
  }
  for (const Drain& drain : drains_) wake = std::min(wake, drain.deadline);
  for (BatchId id : raw_batches_) {
    auto at = credit_.batches().find(id);
    if (at != credit_.batches().end()) wake = std::min(wake, at->second.due);
  }
  const Time since = committer_.uncommitted_since();
  if (since != kNever && now_ <= since + config_.commit_alarm) wake = std::min(wake, since + config_.commit_alarm + 1);
  return wake;
}

}  // namespace millrace::pipeline
