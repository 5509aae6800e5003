// The poller's dealings with encoder and sink: a request's body, its submissions and what came of them.

#include <limits>

#include "runtime/pipeline/shell/abi_text.h"
#include "runtime/pipeline/shell/poller.h"
#include "runtime/pipeline/shell/problem_text.h"

namespace millrace::pipeline {
namespace {

constexpr std::uint32_t kFailuresUntilDegraded = 3;

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
    case MR_DONE:
      return "done";
    case MR_REJECT:
      return "rejected";
    case MR_PARTIAL:
      return "partly failed";
    case MR_BUSY:
      return "not reached";
    case MR_BLOCKED:
      return "blocked";
    case MR_TOO_LARGE:
      return "too large";
    default:
      return "failed";
  }
}

}  // namespace

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
  const std::uint32_t most =
      order.limits.max_records == 0 ? std::numeric_limits<std::uint32_t>::max() : order.limits.max_records;
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
      if (!is_kept(view.keep, i)) continue;
      const mr_record& record = record_at(*view.in, i);
      request.records.push_back({record.position, record.stream, 0});
    }
  }
  const auto taken = static_cast<std::uint32_t>(request.records.size());
  if (!in_range || taken == 0 || taken > view.kept) {
    last_encoder_problem_ =
        status == MR_OK
            ? problem("MR7202", "The encoder broke its contract.",
                      "It said it took " + std::to_string(taken) + " of " + std::to_string(view.kept) + " records.", "")
            : why;
    on(EncodeFailed{order.request});
    return;
  }
  for (std::uint32_t s = 0; s < view.in->stream_count; ++s) {
    mr_stream stream = stream_at(*view.in, s);
    const auto known = streams_.find(stream.id);
    request.names.push_back(known != streams_.end() ? known->second.name
                                                    : std::make_shared<const StreamName>(StreamName{
                                                          std::string(pipeline::view(stream.name)), stream.partition}));
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
  raw.content_type = to_mr_str(parts_.encoder.content_type());

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
      failure_log_.warn("a request was not delivered; it is tried again", {{"id", "MR7204"},
                                                                           {"request_id", request->id},
                                                                           {"outcome", outcome_name(answer.outcome)},
                                                                           {"status", answer.status_code},
                                                                           {"records", request->records.size()},
                                                                           {"detail", answer.detail}});
      if (failures_in_a_row_ == kFailuresUntilDegraded && answer.outcome != MR_BLOCKED) {
        sink_degraded_ = true;
        parts_.health.report(
            "delivery.sink", observe::Health::kDegraded,
            problem("MR7204", "The function does not take what it is sent; it is tried again until it does.",
                    std::string(outcome_name(answer.outcome)) + ": " + answer.detail, "Look at the function's own log.",
                    answer.reason));
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
  on(Answered{answer.request, answer.ticket, static_cast<Outcome>(answer.outcome), answer.retry_after_ms * kMillisecond,
              failed});
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

}  // namespace millrace::pipeline
