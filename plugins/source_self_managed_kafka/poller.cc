#include "poller.h"

#include <algorithm>

#include "fetched_records.h"

namespace millrace::kafka {
namespace {

// Whatever the credit says, so that one call stays short and its arrays small.
constexpr std::uint32_t kMostRecords = 10'000;
// Up to this mean size of a stream's records they are copied...
constexpr double kMostCopied = 512;
// ...by so many: their messages are still in the processor's cache when they are let go.
constexpr std::size_t kAtOnce = 64;

}  // namespace

std::unique_ptr<Records> Poller::take(const Credit& credit) {
  const std::size_t count = streams_.all().size();
  for (std::size_t i = 0; i < count; ++i) {
    if (turn_ >= streams_.all().size()) turn_ = 0;
    Stream& stream = *streams_.all()[turn_++];
    if (!stream.may_have_more || !stream.flows()) continue;
    if (auto records = take_from(stream, credit)) return records;
    if (streams_.all().size() != count) return nullptr;  // an error changed the assignment
  }
  return nullptr;
}

std::unique_ptr<Records> Poller::take_from(Stream& stream, const Credit& credit) {
  const double by_bytes = static_cast<double>(credit.bytes) / std::max(stream.average_bytes, 1.0);
  const auto most =
      static_cast<std::size_t>(std::clamp(by_bytes, 1.0, static_cast<double>(std::min(credit.records, kMostRecords))));
  const bool copies = stream.average_bytes <= kMostCopied;
  std::unique_ptr<FetchedRecords> out;  // made once there is something for it: most looks find nothing
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string error_text;
  std::size_t taken = 0;
  while (taken < most) {
    taken_.resize(copies ? std::min(kAtOnce, most - taken) : most - taken);
    const ssize_t answer = rd_kafka_consume_batch_queue(stream.queue.get(), 0, taken_.data(), taken_.size());
    if (answer <= 0) break;
    const auto got = static_cast<std::size_t>(answer);
    const bool are_all = got < taken_.size();
    taken += got;
    if (!out) {
      out = std::make_unique<FetchedRecords>(
          copies ? FetchedRecords::Keeping::kCopies : FetchedRecords::Keeping::kMessages, client_.outstanding());
      out->reserve(are_all ? got : std::clamp(usual_, got, most));
    }
    for (rd_kafka_message_t* message : std::span(taken_).first(got)) {
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= stream.next) {
        stream.epochs.note(message->offset, rd_kafka_message_leader_epoch(message));
        stream.next = message->offset + 1;
        out->add(message, (needs_ & MR_NEED_HEADERS) != 0);
        continue;
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = message->err;
        error_text = rd_kafka_message_errstr(message);
      }
      rd_kafka_message_destroy(message);
    }
    if (are_all) break;
  }
  stream.may_have_more = taken == most;
  if (!out) return nullptr;
  if (!out->records.empty()) {
    const double average = static_cast<double>(out->bytes()) / static_cast<double>(out->records.size());
    stream.average_bytes = stream.average_bytes * 0.75 + average * 0.25;
    out->streams.push_back({stream.id, str(stream.name), stream.partition, 0});
    out->attributes = attributes_;
    out->seal();
    usual_ = out->records.size();
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) on_error_(stream, error, error_text.c_str());
  if (out->records.empty()) return nullptr;
  return out;
}

}  // namespace millrace::kafka
