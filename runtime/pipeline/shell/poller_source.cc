// The poller's dealings with its source: polling, assignments, filtering, commits, and a source that cannot go on.

#include <algorithm>
#include <limits>

#include "runtime/pipeline/shell/abi_text.h"
#include "runtime/pipeline/shell/poller.h"
#include "runtime/pipeline/shell/problem_text.h"

namespace millrace::pipeline {
namespace {

constexpr std::uint64_t kRebuildEveryNs = 1'000'000'000;

}  // namespace

void Poller::poll(const Poll& order) {
  events_.clear();
  const std::uint64_t now = parts_.clock.now_ns();
  const std::uint64_t wait_ns = order.until > now ? order.until - now : 0;
  if (!source_) {
    wait_for_source(wait_ns);
    return;
  }
  const auto timeout_ms = static_cast<std::uint32_t>(
      std::min<std::uint64_t>((wait_ns + 999'999) / 1'000'000, std::numeric_limits<std::int32_t>::max()));
  mr_batch batch;
  observe::Problem why;
  const Status polled = source_->poll(order.records, order.bytes, timeout_ms, batch, &why);
  feed_source_events(false);
  if (batch.count > 0 && polled.ok()) {
    take_batch(batch);
  } else if (batch.release != nullptr) {
    batch.release(batch.owner);
  }
  feed_source_events(true);
  if (!polled.ok()) lose_source(why);
}

void Poller::assigned(std::span<const mr_stream> streams, std::uint32_t) {
  SourceEvent event{.kind = SourceEvent::Kind::kAssigned};
  for (const mr_stream& stream : streams) {
    StreamState& state = streams_[stream.id];
    state.name = std::make_shared<const StreamName>(StreamName{std::string(view(stream.name)), stream.partition});
    event.ids.push_back(stream.id);
  }
  events_.push_back(std::move(event));
}

void Poller::revoke(std::span<const std::uint64_t> stream_ids, std::uint64_t deadline_ns) {
  events_.push_back(
      {.kind = SourceEvent::Kind::kRevoke, .ids = {stream_ids.begin(), stream_ids.end()}, .deadline_ns = deadline_ns});
}

void Poller::lost(std::span<const std::uint64_t> stream_ids) {
  events_.push_back({.kind = SourceEvent::Kind::kLost, .ids = {stream_ids.begin(), stream_ids.end()}});
}

void Poller::report(std::span<const mr_stream_state> states) {
  SourceEvent event{.kind = SourceEvent::Kind::kReport};
  for (const mr_stream_state& s : states) event.reports.push_back({s.stream_id, s.begin, s.end, s.next, s.committed});
  events_.push_back(std::move(event));
}

// Reports come last: their `next` may already count the records of the batch that the same poll returned.
void Poller::feed_source_events(bool reports) {
  for (const SourceEvent& event : events_) {
    if ((event.kind == SourceEvent::Kind::kReport) != reports) continue;
    switch (event.kind) {
      case SourceEvent::Kind::kAssigned: {
        std::vector<NewStream> fresh;
        for (const StreamId id : event.ids) {
          const auto [topic, added] =
              topics_.try_emplace(streams_[id].name->topic, static_cast<std::uint32_t>(topics_.size()));
          fresh.push_back({id, topic->second});
        }
        parts_.log.info("partitions assigned", {{"count", fresh.size()}});
        on(Assigned{fresh});
        break;
      }
      case SourceEvent::Kind::kRevoke:
        parts_.log.info("partitions are being given up; what is in flight is awaited", {{"count", event.ids.size()}});
        on(Revoking{event.ids, event.deadline_ns == 0 ? kNever : event.deadline_ns});
        break;
      case SourceEvent::Kind::kLost:
        parts_.log.warn("partitions were lost; what was delivered of them and not committed may be delivered again",
                        {{"count", event.ids.size()}});
        on(Lost{event.ids});
        for (const StreamId id : event.ids) streams_.erase(id);
        break;
      case SourceEvent::Kind::kReport:
        for (const StreamReport& r : event.reports)
          if (const auto found = streams_.find(r.stream); found != streams_.end()) found->second.report = r;
        on(Reported{event.reports});
        break;
    }
  }
}

void Poller::take_batch(const mr_batch& batch) {
  if (attributes_.empty() && batch.attribute_count > 0) {
    attribute_texts_.reserve(2 * batch.attribute_count);
    for (std::uint32_t i = 0; i < batch.attribute_count; ++i) {
      attribute_texts_.emplace_back(view(batch.attributes[i].key));
      attribute_texts_.emplace_back(view(batch.attributes[i].value));
      attributes_.push_back({to_mr_str(attribute_texts_[2 * i]), to_mr_str(attribute_texts_[2 * i + 1])});
    }
  }
  filter_and_tell(batches_.adopt(batch, {}));  // which selects
}

void Poller::filter_and_tell(BatchId id) {
  const mr_batch& batch = batches_.batch_of(id);
  Selection keep = all_records(batch.count);
  observe::Problem why;
  bool filter_failed = false;
  const bool applied = parts_.filters.empty() || parts_.filters.apply(batch, keep, why, filter_failed);
  if (filter_failed) {
    last_filter_problem_ = why;
    failure_log_.warn("a filter failed on a batch", {{"id", why.id}, {"detail", describe(why)}});
  }
  runs_.clear();
  describe_runs(batch, keep, runs_);
  for (const Run& run : runs_)
    if (const auto found = streams_.find(run.stream); found != streams_.end()) found->second.polled = run.next_position;
  const std::uint64_t retained = batch.retained_bytes;
  batches_.select(id, std::move(keep));
  if (applied)
    on(Polled{id, retained, runs_});
  else
    on(FilterFailed{id, retained, runs_});
}

void Poller::commit(const Commit& order) {
  std::vector<mr_position> positions;
  for (const Mark& mark : order.marks) positions.push_back({mark.stream, mark.next});
  observe::Problem why;
  const bool ok = source_ && source_->commit(positions, order.deadline, &why).ok();
  if (!ok) last_commit_problem_ = why;
  on(CommitAnswered{order.commit, ok});
}

// The source cannot go on: everything it lent is copied, what it had is lost, and a new one is made.
void Poller::lose_source(const observe::Problem& why) {
  parts_.health.report(
      "delivery.source", observe::Health::kBroken,
      problem("MR7208", "The source stopped and is being restarted.", describe(why), why.hint, why.reason));
  std::vector<StreamId> all;
  for (const auto& [id, state] : streams_) all.push_back(id);
  on(Lost{all});
  perform_all();
  streams_.clear();
  batches_.copy_all();
  const std::lock_guard guard(source_mutex_);
  source_->stop(parts_.clock.now_ns());
  source_.reset();
  next_rebuild_ns_ = parts_.clock.now_ns() + kRebuildEveryNs;
}

void Poller::wait_for_source(std::uint64_t wait_ns) {
  {
    std::unique_lock lock(source_mutex_);
    const std::uint64_t now = parts_.clock.now_ns();
    const std::uint64_t until_rebuild = next_rebuild_ns_ > now ? next_rebuild_ns_ - now : 0;
    no_source_wake_.wait_for(lock, std::chrono::nanoseconds(std::min(wait_ns, until_rebuild)));
  }
  if (parts_.clock.now_ns() < next_rebuild_ns_ || stop_told_) return;
  next_rebuild_ns_ = parts_.clock.now_ns() + kRebuildEveryNs;
  observe::Problem why;
  auto made = parts_.make_source(*this, &why);
  Status status = made.ok() ? (*made)->start(&why) : made.status();
  if (!status.ok()) {
    parts_.health.report("delivery.source", observe::Health::kBroken,
                         problem("MR7208", "The source stopped and cannot be restarted.", std::string(status.message()),
                                 std::string(status.hint())));
    return;
  }
  parts_.health.report("delivery.source", observe::Health::kHealthy);
  const std::lock_guard guard(source_mutex_);
  source_ = std::move(made).value();
}

}  // namespace millrace::pipeline
