// What the poller tells people: dead letters, health, and the numbers of the status line.

#include <algorithm>

#include "runtime/pipeline/shell/abi_text.h"
#include "runtime/pipeline/shell/poller.h"
#include "runtime/pipeline/shell/problem_text.h"

namespace millrace::pipeline {
namespace {

constexpr std::uint64_t kPublishEveryNs = 100'000'000;

}  // namespace

DeadLetter Poller::dead_letter(const Slice& slice, std::uint32_t index, const Request* request,
                               SpoolReason reason) const {
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
    letter.headers.emplace_back(view(header.name), header.value.data == nullptr
                                                       ? std::nullopt
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
    failure_log_.error("a record goes to the dead-letter spool", {{"id", "MR7301"},
                                                                  {"topic", letter.topic},
                                                                  {"partition", letter.partition},
                                                                  {"offset", letter.offset},
                                                                  {"condition", letter.condition},
                                                                  {"file", parts_.spool.file().string()},
                                                                  {"detail", letter.detail}});
  const bool taken = tasks_.run([this, id = order.request, letters = std::move(letters)] {
    inbox_.push(SpoolResult{id, parts_.spool.append(letters, parts_.clock.unix_ms())});
  });
  if (!taken)
    inbox_.push(SpoolResult{order.request,
                            Status(Code::kResourceExhausted, "MR7103", "the host has too much to write at once")});
}

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
      p = problem("MR7202", "The encoder fails; its records wait.", describe(last_encoder_problem_),
                  last_encoder_problem_.hint, last_encoder_problem_.reason);
      break;
    case Problem::kBlocked:
      component = "delivery.sink";
      sink_degraded_ = false;
      p = problem(
          "MR7203", "The function cannot be invoked; nothing is lost, everything waits until it can.",
          last_failure_.detail,
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
      parts_.log.warn("the time to drain is over with requests in flight; they may be delivered twice",
                      {{"id", "MR7207"}});
      return;
  }
  parts_.health.report(component, change.raised ? observe::Health::kBroken : observe::Health::kHealthy,
                       change.raised ? p : observe::Problem{});
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
