#include "poller.h"

#include <algorithm>

#include "no_headers.h"

namespace millrace::kafka {
namespace {

// Whatever the credit says, so that one call stays short and its arrays small.
constexpr std::uint32_t kMostRecords = 10'000;
constexpr std::uint64_t kLeastRetained = 1024 * 1024;

struct KafkaRecords final : Records {
  explicit KafkaRecords(Outstanding count) : outstanding(std::move(count)) { outstanding->fetch_add(1); }
  ~KafkaRecords() override {
    for (rd_kafka_message_t* message : messages) rd_kafka_message_destroy(message);
    outstanding->fetch_sub(1);
  }
  std::vector<rd_kafka_message_t*> messages;
  Outstanding outstanding;
};

std::uint32_t time_type(rd_kafka_timestamp_type_t type) {
  switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME:
      return MR_TIME_CREATE;
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
      return MR_TIME_LOG_APPEND;
    default:
      return MR_TIME_UNKNOWN;
  }
}

mr_bytes as_bytes(const void* data, std::size_t size) {
  return {static_cast<const std::uint8_t*>(data), size};
}

// librdkafka parses the headers on the first call, so this is done only for a pipeline that reads them.
std::uint64_t add_headers(rd_kafka_message_t* message, mr_record& record, std::vector<mr_header>& headers) {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  std::uint64_t bytes = 0;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    const std::string_view text(name);
    headers.push_back({str(text), as_bytes(value, size)});
    ++record.header_count;
    bytes += text.size() + size;
  }
  return bytes;
}

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
  taken_.resize(most);
  const ssize_t got = rd_kafka_consume_batch_queue(stream.queue.get(), 0, taken_.data(), most);
  if (got <= 0) {
    stream.may_have_more = false;
    return nullptr;
  }
  stream.may_have_more = static_cast<std::size_t>(got) == most;

  auto out = std::make_unique<KafkaRecords>(client_.outstanding());
  out->messages.reserve(static_cast<std::size_t>(got));
  out->records.reserve(static_cast<std::size_t>(got));
  std::uint64_t bytes = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string error_text;
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    rd_kafka_message_t* message = taken_[i];
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->offset < stream.next) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = message->err;
        error_text = rd_kafka_message_errstr(message);
      }
      rd_kafka_message_destroy(message);
      continue;
    }
    out->messages.push_back(message);
    mr_record& record = out->records.emplace_back();
    record.key = as_bytes(message->key, message->key_len);
    record.value = as_bytes(message->payload, message->len);
    record.position = message->offset;
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    record.timestamp_ms = rd_kafka_message_timestamp(message, &type);
    record.flags = time_type(type);
    record.first_header = static_cast<std::uint32_t>(out->headers.size());
    if ((needs_ & MR_NEED_HEADERS) != 0 && !surely_has_no_headers(message))
      bytes += add_headers(message, record, out->headers);
    bytes += message->key_len + message->len;
    stream.next = message->offset + 1;
  }
  if (!out->messages.empty()) {
    // Epochs grow along the log, so equal ends mean an equal middle.
    const std::int32_t first = rd_kafka_message_leader_epoch(out->messages.front());
    const std::int32_t last = rd_kafka_message_leader_epoch(out->messages.back());
    stream.epochs.note(out->messages.front()->offset, first);
    if (first != last)
      for (const rd_kafka_message_t* message : out->messages)
        stream.epochs.note(message->offset, rd_kafka_message_leader_epoch(message));
    const double average = static_cast<double>(bytes) / static_cast<double>(out->messages.size());
    stream.average_bytes = stream.average_bytes * 0.75 + average * 0.25;
    out->streams.push_back({stream.id, str(stream.name), stream.partition, 0});
    out->attributes = attributes_;
    out->retained_bytes = std::max(bytes, kLeastRetained);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) on_error_(stream, error, error_text.c_str());
  if (out->messages.empty()) return nullptr;
  return out;
}

}  // namespace millrace::kafka
