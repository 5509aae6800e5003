#include "runtime/pipeline/shell/poller.h"

#include <pthread.h>

#include <algorithm>
#include <limits>
#include <type_traits>

namespace millrace::pipeline {
namespace {

constexpr std::uint64_t kPublishEveryNs = 100'000'000;
constexpr std::uint64_t kRebuildEveryNs = 1'000'000'000;
constexpr std::uint32_t kFailuresUntilDegraded = 3;

std::string_view view(mr_str s) { return s.data == nullptr ? std::string_view() : std::string_view(s.data, s.size); }
std::string_view view(mr_bytes b) { return {reinterpret_cast<const char*>(b.data), b.size}; }
mr_str to_mr_str(const std::string& s) { return {s.data(), s.size()}; }
bool is_kept(const Selection& keep, std::uint32_t i) { return (keep[i / 64] >> (i % 64)) & 1; }

bool needs_a_person(mr_status code) {
  switch (code) {
    case MR_NOT_FOUND:
    case MR_PERMISSION_DENIED:
    case MR_UNAUTHENTICATED:
    case MR_UNIMPLEMENTED:
    case MR_INVALID_ARGUMENT:
    case MR_FAILED_PRECONDITION:
      return true;
    default:
      return false;
  }
}

const char* outcome_name(std::uint32_t outcome) {
  switch (outcome) {
    case MR_DONE: return "done";
    case MR_REJECT: return "rejected";
    case MR_PARTIAL: return "partly failed";
    case MR_BUSY: return "not reached";
    case MR_BLOCKED: return "blocked";
    case MR_TOO_LARGE: return "too large";
    default: return "failed";
  }
}

observe::Problem problem(std::string id, std::string message, std::string detail, std::string hint, std::string reason = {}) {
  observe::Problem p;
  p.code = Code::kUnavailable;
  p.id = std::move(id);
  p.message = std::move(message);
  p.detail = std::move(detail);
  p.hint = std::move(hint);
  p.reason = std::move(reason);
  return p;
}

std::string describe(const observe::Problem& p) { return p.detail.empty() ? p.message : p.message + " " + p.detail; }

}  // namespace

Poller::Poller(Parts parts)
    : parts_(std::move(parts)),
      core_(parts_.core),
      requests_(parts_.core.max_in_flight + 2),
      inbox_([this] { wake(); }),
      tasks_(parts_.executor),
      failure_log_(parts_.log.limited({.per_second = 1, .burst = 5})) {}

Poller::~Poller() {
  if (thread_.joinable()) {
    request_stop();
    thread_.join();
  }
  finish(0);
}

Status Poller::create(observe::Problem* why) {
  auto made = parts_.make_source(*this, why);
  if (!made.ok()) return made.status();
  const std::lock_guard guard(source_mutex_);
  source_ = std::move(made).value();
  return {};
}

Status Poller::start(observe::Problem* why) {
  if (Status s = source_->start(why); !s.ok()) return s;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "mr-poller");
    run();
  });
  return {};
}

void Poller::request_stop() {
  stop_requested_.store(true, std::memory_order_release);
  wake();
}

void Poller::join() {
  if (thread_.joinable()) thread_.join();
}

void Poller::finish(std::uint64_t deadline_ns) {
  tasks_.drain();
  batches_.release_all();
  const std::lock_guard guard(source_mutex_);
  if (source_) source_->stop(deadline_ns);
  source_.reset();
}

PollerStatus Poller::status() const {
  const std::lock_guard guard(status_mutex_);
  return status_;
}

void Poller::wake() {
  const std::lock_guard guard(source_mutex_);
  if (source_) source_->interrupt();
  no_source_wake_.notify_all();
}

// The loop of core.h.
void Poller::run() {
  for (;;) {
    drain_inbox();
    perform_all();
    if (stop_requested_.load(std::memory_order_acquire) && !stop_told_) {
      stop_told_ = true;
      on(Stop{});
      perform_all();
    }
    on(Tick{});
    if (actions_.size() == 1 && std::holds_alternative<Poll>(actions_[0])) {
      const Poll order = std::get<Poll>(actions_[0]);
      actions_.clear();
      poll(order);
    } else {
      perform_all();
    }
    publish(stopped_);
    if (stopped_) return;
  }
}

void Poller::drain_inbox() {
  notes_.clear();
  inbox_.drain(notes_);
  for (Note& note : notes_) {
    if (const auto* answer = std::get_if<SinkAnswer>(&note)) {
      answered(*answer);
    } else {
      const auto& result = std::get<SpoolResult>(note);
      if (result.status.ok()) {
        on(Spooled{result.request});
      } else {
        last_spool_failure_ = result.status;
        on(SpoolFailed{result.request});
      }
    }
    perform_all();
  }
}

void Poller::perform_all() {
  // Performing an action may append more: what answers it at once is fed to the core on the spot.
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    Action action = std::move(actions_[i]);
    perform(action);
  }
  actions_.clear();
}

void Poller::perform(Action& action) {
  std::visit(
      [this](auto& order) {
        using T = std::decay_t<decltype(order)>;
        if constexpr (std::is_same_v<T, Poll>) {
          // core.h: the only action of its Tick, which run() performs. A poll beside others would starve the inbox.
        } else if constexpr (std::is_same_v<T, Encode>) {
          encode(order);
        } else if constexpr (std::is_same_v<T, Submit>) {
          submit(order);
        } else if constexpr (std::is_same_v<T, FreeBody>) {
          if (Request* request = requests_.find(order.request)) requests_.free_body(*request);
        } else if constexpr (std::is_same_v<T, Discard>) {
          requests_.discard(order.request);
        } else if constexpr (std::is_same_v<T, Spool>) {
          spool(order);
        } else if constexpr (std::is_same_v<T, Copy>) {
          on(Copied{order.batch, batches_.copy(order.batch)});
        } else if constexpr (std::is_same_v<T, Refilter>) {
          filter_and_tell(order.batch);
        } else if constexpr (std::is_same_v<T, Release>) {
          batches_.release(order.batch);
        } else if constexpr (std::is_same_v<T, Commit>) {
          commit(order);
        } else if constexpr (std::is_same_v<T, Pause>) {
          if (source_) static_cast<void>(source_->set_paused(order.streams, order.paused));
        } else if constexpr (std::is_same_v<T, ReleaseStreams>) {
          if (source_) static_cast<void>(source_->release_streams(order.streams));
          for (const StreamId id : order.streams) streams_.erase(id);
        } else if constexpr (std::is_same_v<T, Health>) {
          health(order);
        } else if constexpr (std::is_same_v<T, Stopped>) {
          stopped_ = true;
          result_ = order;
        }
      },
      action);
}

// ---- the source -----------------------------------------------------------------------------------------------------

void Poller::poll(const Poll& order) {
  events_.clear();
  const std::uint64_t now = parts_.clock.now_ns();
  const std::uint64_t wait_ns = order.until > now ? order.until - now : 0;
  if (!source_) {
    wait_for_source(wait_ns);
    return;
  }
  const auto timeout_ms =
      static_cast<std::uint32_t>(std::min<std::uint64_t>((wait_ns + 999'999) / 1'000'000, std::numeric_limits<std::int32_t>::max()));
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
  events_.push_back({.kind = SourceEvent::Kind::kRevoke, .ids = {stream_ids.begin(), stream_ids.end()}, .deadline_ns = deadline_ns});
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
          const auto [topic, added] = topics_.try_emplace(streams_[id].name->topic, static_cast<std::uint32_t>(topics_.size()));
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
  filter_and_tell(batches_.adopt(batch, all_records(batch.count)));
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
  parts_.health.report("delivery.source", observe::Health::kBroken,
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
                         problem("MR7208", "The source stopped and cannot be restarted.", std::string(status.message()), std::string(status.hint())));
    return;
  }
  parts_.health.report("delivery.source", observe::Health::kHealthy);
  const std::lock_guard guard(source_mutex_);
  source_ = std::move(made).value();
}

// ---- encoder and sink -----------------------------------------------------------------------------------------------

// Where the first `kept` kept records of these slices end.
Cut Poller::cut_after(std::span<const Slice> slices, std::uint32_t kept) const {
  Cut cut;
  for (; cut.slice < slices.size() && kept >= slices[cut.slice].kept; ++cut.slice) kept -= slices[cut.slice].kept;
  if (kept == 0 || cut.slice == slices.size()) return cut;
  const Slice& slice = slices[cut.slice];
  const mr_batch& batch = batches_.batch_of(slice.batch);
  const Selection& keep = batches_.keep_of(slice.batch);
  std::uint32_t i = slice.first;
  for (; cut.kept < kept; ++i) {
    if (!is_kept(keep, i)) continue;
    ++cut.kept;
    cut.bytes += record_bytes(batch, batches_.record(slice.batch, i));
  }
  while (!is_kept(keep, i)) ++i;  // the rest begins at a kept record, and there is one
  cut.count = i - slice.first;
  cut.rest_position = batches_.record(slice.batch, i).position;
  return cut;
}

void Poller::encode(const Encode& order) {
  std::vector<RecordRun>& runs = record_runs_;
  runs.clear();
  for (const Slice& s : order.slices) runs.push_back({s.batch, s.first, s.count});
  const std::uint32_t most = order.limits.max_records == 0 ? std::numeric_limits<std::uint32_t>::max() : order.limits.max_records;
  const BatchStore::View view = batches_.view(runs, most);

  Request& request = requests_.prepare(order.request);
  mr_writer writer = request.body.writer();
  const mr_limits limits{order.limits.max_bytes, view.kept, 0};
  std::uint32_t cursor = view.cursor;
  observe::Problem why;
  const mr_status status = parts_.encoder.encode(*view.in, view.keep, limits, cursor, writer, &why);
  if (status == MR_OUT_OF_RANGE) {
    request.last.reason = why.reason;
    request.last.detail = describe(why);
    on(Oversize{order.request, cut_after(order.slices, 1)});
    return;
  }
  const bool in_range = status == MR_OK && cursor >= view.cursor && cursor <= view.in->count;
  if (in_range) {
    for (std::uint32_t i = view.cursor; i < cursor; ++i) {
      if (((view.keep[i / 64] >> (i % 64)) & 1) == 0) continue;
      const mr_record& record = record_at(*view.in, i);
      request.records.push_back({record.position, record.stream, 0});
    }
  }
  const auto taken = static_cast<std::uint32_t>(request.records.size());
  if (!in_range || taken == 0 || taken > view.kept) {
    last_encoder_problem_ = status == MR_OK ? problem("MR7202", "The encoder broke its contract.",
                                                      "It said it took " + std::to_string(taken) + " of " + std::to_string(view.kept) + " records.", "")
                                            : why;
    on(EncodeFailed{order.request});
    return;
  }
  for (std::uint32_t s = 0; s < view.in->stream_count; ++s) {
    mr_stream stream = stream_at(*view.in, s);
    const auto known = streams_.find(stream.id);
    request.names.push_back(known != streams_.end()
                                ? known->second.name
                                : std::make_shared<const StreamName>(StreamName{std::string(pipeline::view(stream.name)), stream.partition}));
    stream.name = to_mr_str(request.names.back()->topic);
    request.streams.push_back(stream);
  }
  const Cut cut = cut_after(order.slices, taken);
  request.slices.assign(order.slices.begin(), order.slices.begin() + cut.slice);
  if (cut.kept > 0) {
    Slice part = order.slices[cut.slice];
    part.count = cut.count;
    part.kept = cut.kept;
    part.bytes = cut.bytes;
    request.slices.push_back(part);
  }
  on(Encoded{order.request, cut, request.body.size()});
}

void Poller::submit(const Submit& order) {
  Request* request = requests_.find(order.request);
  if (request == nullptr) return;
  mr_request& raw = request->raw;
  raw = {};
  raw.struct_size = sizeof raw;
  raw.record_count = static_cast<std::uint32_t>(request->records.size());
  raw.attempt = order.attempt;
  raw.body = {request->body.data(), request->body.size()};
  raw.deadline_ns = std::numeric_limits<std::uint64_t>::max();  // the sink's own time-out is the limit
  raw.records = request->records.data();
  raw.streams = request->streams.data();
  raw.stream_stride = sizeof(mr_stream);
  raw.stream_count = static_cast<std::uint32_t>(request->streams.size());
  raw.attributes = attributes_.data();
  raw.attribute_count = static_cast<std::uint32_t>(attributes_.size());
  raw.request_id = to_mr_str(request->id);

  Submission& submission = requests_.submission();
  submission.arm(inbox_, order.request, order.ticket);
  request->ticket = order.ticket;
  request->owed = true;
  ++request->submissions;
  observe::Problem why;
  const mr_status status = parts_.sink.submit(raw, submission.completion(), &why);
  if (status == MR_OK) return;
  submission.disarm();
  request->owed = false;
  SinkAnswer refusal;
  refusal.outcome = needs_a_person(status) ? MR_BLOCKED : MR_BUSY;
  refusal.code = status;
  refusal.detail = describe(why);
  refusal.reason = why.reason;
  last_failure_ = refusal;
  on(Refused{order.request, order.ticket, needs_a_person(status)});
}

void Poller::answered(const SinkAnswer& answer) {
  Request* request = requests_.find(answer.request);
  std::vector<FailedRecord> failed;
  if (request != nullptr) {
    if (answer.outcome == MR_DONE) {
      failures_in_a_row_ = 0;
      if (sink_degraded_) {
        sink_degraded_ = false;
        parts_.health.report("delivery.sink", observe::Health::kHealthy);
      }
    } else {
      request->last = answer;
      last_failure_ = answer;
      ++failures_in_a_row_;
      failure_log_.warn("a request was not delivered; it is tried again",
                        {{"id", "MR7204"}, {"request_id", request->id}, {"outcome", outcome_name(answer.outcome)},
                         {"status", answer.status_code}, {"records", request->records.size()}, {"detail", answer.detail}});
      if (failures_in_a_row_ == kFailuresUntilDegraded && answer.outcome != MR_BLOCKED) {
        sink_degraded_ = true;
        parts_.health.report("delivery.sink", observe::Health::kDegraded,
                             problem("MR7204", "The function does not take what it is sent; it is tried again until it does.",
                                     std::string(outcome_name(answer.outcome)) + ": " + answer.detail,
                                     "Look at the function's own log.", answer.reason));
      }
    }
    for (const std::uint32_t index : answer.failed) {
      FailedRecord f{index, 0, 0};
      if (index < request->records.size()) {
        f.position = request->records[index].position;
        f.record = raw_index(*request, index);
      }
      failed.push_back(f);
    }
  }
  requests_.answered(answer.request, answer.ticket);
  on(Answered{answer.request, answer.ticket, static_cast<Outcome>(answer.outcome), answer.retry_after_ms * kMillisecond, failed});
}

// Which record of its poll batch the request's record `index` is.
std::uint32_t Poller::raw_index(const Request& request, std::uint32_t index) const {
  for (const Slice& slice : request.slices) {
    if (index >= slice.kept) {
      index -= slice.kept;
      continue;
    }
    if (!batches_.contains(slice.batch)) return 0;  // let go with its stream; the core does not look at the record
    const Selection& keep = batches_.keep_of(slice.batch);
    for (std::uint32_t i = slice.first;; ++i) {
      if (!is_kept(keep, i)) continue;
      if (index == 0) return i;
      --index;
    }
  }
  return 0;
}

// ---- dead letters ---------------------------------------------------------------------------------------------------

DeadLetter Poller::dead_letter(const Slice& slice, std::uint32_t index, const Request* request, SpoolReason reason) const {
  const mr_batch& batch = batches_.batch_of(slice.batch);
  const mr_record& record = batches_.record(slice.batch, index);
  const mr_stream& stream = stream_at(batch, record.stream);
  DeadLetter letter;
  letter.topic = view(stream.name);
  letter.partition = stream.partition;
  letter.offset = record.position;
  letter.timestamp_ms = record.timestamp_ms;
  letter.time_type = record.flags & MR_TIME_MASK;
  if (record.key.data != nullptr) letter.key.emplace(view(record.key));
  if (record.value.data != nullptr) letter.value.emplace(view(record.value));
  for (std::uint32_t h = 0; h < record.header_count; ++h) {
    const mr_header& header = batch.headers[record.first_header + h];
    letter.headers.emplace_back(view(header.name), header.value.data == nullptr ? std::nullopt
                                                                                 : std::optional<std::string>(view(header.value)));
  }
  letter.function = parts_.function;
  letter.bootstrap_servers = parts_.bootstrap_servers;
  letter.payload_bytes = record_bytes(batch, record);
  letter.condition = reason == SpoolReason::kTooLarge ? "MaximumPayloadSizeExceeded" : "RecordRejected";
  if (request != nullptr) {
    letter.request_id = request->id;
    letter.attempts = request->submissions;
    letter.detail = request->last.detail;
    if (reason == SpoolReason::kTooLarge && request->submissions == 0 && !request->last.reason.empty())
      letter.condition = request->last.reason;
    if (reason == SpoolReason::kRejected) {
      letter.answered = true;
      letter.status_code = request->last.status_code;
      letter.executed_version = request->last.executed_version;
      letter.function_error = request->last.function_error;
    }
  }
  return letter;
}

void Poller::spool(const Spool& order) {
  const Request* request = requests_.find(order.request);
  std::vector<DeadLetter> letters;
  for (const Slice& slice : order.slices) {
    const Selection& keep = batches_.keep_of(slice.batch);
    for (std::uint32_t i = slice.first; i < slice.first + slice.count; ++i)
      if (is_kept(keep, i)) letters.push_back(dead_letter(slice, i, request, order.reason));
  }
  for (const DeadLetter& letter : letters)
    failure_log_.error("a record goes to the dead-letter spool",
                       {{"id", "MR7301"}, {"topic", letter.topic}, {"partition", letter.partition}, {"offset", letter.offset},
                        {"condition", letter.condition}, {"file", parts_.spool.file().string()}, {"detail", letter.detail}});
  const bool taken = tasks_.run([this, id = order.request, letters = std::move(letters)] {
    inbox_.push(SpoolResult{id, parts_.spool.append(letters, parts_.clock.unix_ms())});
  });
  if (!taken) inbox_.push(SpoolResult{order.request, Status(Code::kResourceExhausted, "MR7103", "the host has too much to write at once")});
}

// ---- health and status ----------------------------------------------------------------------------------------------

void Poller::health(const Health& change) {
  const char* component = nullptr;
  observe::Problem p;
  switch (change.problem) {
    case Problem::kFilter:
      component = "delivery.filters";
      p = problem("MR7201", "A filter fails; its records wait.", describe(last_filter_problem_),
                  "Mend the filter, or set on_filter_error to keep or drop.", last_filter_problem_.reason);
      break;
    case Problem::kEncoder:
      component = "delivery.encoder";
      p = problem("MR7202", "The encoder fails; its records wait.", describe(last_encoder_problem_), last_encoder_problem_.hint,
                  last_encoder_problem_.reason);
      break;
    case Problem::kBlocked:
      component = "delivery.sink";
      sink_degraded_ = false;
      p = problem("MR7203", "The function cannot be invoked; nothing is lost, everything waits until it can.", last_failure_.detail,
                  "Check the function's name, its endpoint and the permission to invoke it; delivery goes on by itself.",
                  last_failure_.reason.empty() ? "FUNCTION_CONFIG_NOT_VALID" : last_failure_.reason);
      break;
    case Problem::kSpool:
      component = "delivery.dead_letters";
      p = problem("MR7205", "A record that no request can carry cannot be stored either; its partition waits.",
                  std::string(last_spool_failure_.message()), std::string(last_spool_failure_.hint()));
      break;
    case Problem::kCommit:
      component = "delivery.commit";
      p = problem("MR7206", "Delivered positions cannot be committed; after a restart they would be delivered again.",
                  describe(last_commit_problem_), last_commit_problem_.hint);
      break;
    case Problem::kDrain:
      parts_.log.warn("the time to drain is over with requests in flight; they may be delivered twice", {{"id", "MR7207"}});
      return;
  }
  parts_.health.report(component, change.raised ? observe::Health::kBroken : observe::Health::kHealthy, change.raised ? p : observe::Problem{});
}

std::int64_t Poller::lag() const {
  std::int64_t sum = 0;
  for (const auto& [id, state] : streams_) {
    if (state.report.end < 0) return -1;
    const std::optional<Position> watermark = core_.watermark(id);
    // All that was polled is finished: the source knows of control records and holes behind it, the core does not.
    const bool idle = !watermark || *watermark >= state.polled;
    const Position at = idle ? std::max(state.report.next, state.polled) : *watermark;
    if (at >= 0) sum += std::max<std::int64_t>(0, state.report.end - at);
  }
  return sum;
}

void Poller::publish(bool now) {
  const std::uint64_t time = parts_.clock.now_ns();
  if (!now && time - published_ns_ < kPublishEveryNs) return;
  published_ns_ = time;
  PollerStatus s;
  s.counters = core_.counters();
  s.in_flight = core_.in_flight();
  s.unfinished = core_.unfinished();
  const std::uint64_t credit = core_.credit();
  s.held_bytes = parts_.core.memory > credit ? parts_.core.memory - credit : 0;
  s.streams = static_cast<std::uint32_t>(streams_.size());
  s.lag = lag();
  s.stopped = stopped_;
  s.result = result_;
  const std::lock_guard guard(status_mutex_);
  status_ = s;
}

}  // namespace millrace::pipeline
