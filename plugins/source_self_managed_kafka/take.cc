#include "take.h"

#include <algorithm>
#include <span>

namespace millrace::kafka {
namespace {

// Of records that are copied: their messages are still in the processor's cache when they are let go.
constexpr std::size_t kAtOnce = 64;

}  // namespace

Taken Taker::take(rd_kafka_queue_t* queue, std::int64_t next, std::size_t most, FetchedRecords::Keeping keeping) {
  const bool copies = keeping == FetchedRecords::Keeping::kCopies;
  Taken taken;
  std::size_t looked_at = 0;
  while (looked_at < most) {
    messages_.resize(copies ? std::min(kAtOnce, most - looked_at) : most - looked_at);
    const ssize_t answer = rd_kafka_consume_batch_queue(queue, 0, messages_.data(), messages_.size());
    if (answer <= 0) break;
    const auto got = static_cast<std::size_t>(answer);
    const bool are_all = got < messages_.size();
    looked_at += got;
    if (!taken.records) {  // made once there is something for it: most looks find nothing
      taken.records = std::make_unique<FetchedRecords>(keeping, outstanding_);
      taken.records->reserve(are_all ? got : std::clamp(usual_, got, most));
    }
    for (rd_kafka_message_t* message : std::span(messages_).first(got)) {
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= next) {
        const std::int32_t epoch = rd_kafka_message_leader_epoch(message);
        taken.epochs.note(message->offset, epoch);
        next = message->offset + 1;
        taken.records->add(message, epoch, needs_headers_);
        continue;
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        taken.error = message->err;
        taken.error_text = rd_kafka_message_errstr(message);
      }
      rd_kafka_message_destroy(message);
    }
    if (are_all) break;
  }
  taken.is_all = looked_at < most;
  if (taken.records && taken.records->records.empty()) taken.records.reset();
  if (taken.records) usual_ = taken.records->records.size();
  return taken;
}

}  // namespace millrace::kafka
