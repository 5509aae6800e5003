#include "fetched_records.h"

#include <algorithm>
#include <cstring>

#include "no_headers.h"

namespace millrace::kafka {
namespace {

constexpr std::uint64_t kPiece = 64 * 1024;
// The buffer of a fetch answer, which one message keeps.
constexpr std::uint64_t kLeastRetained = 1024 * 1024;

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

}  // namespace

mr_bytes ByteStore::copy(mr_bytes bytes) {
  if (bytes.data == nullptr) return bytes;
  if (free_ == nullptr || bytes.size > left_) {
    left_ = std::max(bytes.size, kPiece);
    free_ = pieces_.emplace_back(std::make_unique_for_overwrite<std::uint8_t[]>(left_)).get();
    size_ += left_;
  }
  std::memcpy(free_, bytes.data, bytes.size);
  const mr_bytes copied{free_, bytes.size};
  free_ += bytes.size;
  left_ -= bytes.size;
  return copied;
}

FetchedRecords::FetchedRecords(Keeping keeping, Outstanding outstanding)
    : keeping_(keeping), outstanding_(std::move(outstanding)) {
  if (keeping_ == Keeping::kMessages) outstanding_->fetch_add(1);
}

FetchedRecords::~FetchedRecords() {
  for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
  if (keeping_ == Keeping::kMessages) outstanding_->fetch_sub(1);
}

void FetchedRecords::reserve(std::size_t count) {
  records.reserve(count);
  if (keeping_ == Keeping::kMessages) messages_.reserve(count);
}

void FetchedRecords::add(rd_kafka_message_t* message, std::int32_t epoch, bool needs_headers) {
  mr_record& record = records.emplace_back();
  record.key = kept(as_bytes(message->key, message->key_len));
  record.value = kept(as_bytes(message->payload, message->len));
  record.position = message->offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.timestamp_ms = rd_kafka_message_timestamp(message, &type);
  record.flags = time_type(type);
  record.first_header = static_cast<std::uint32_t>(headers.size());
  bytes_ += message->key_len + message->len;
  if (needs_headers && !surely_has_no_headers(message, epoch)) add_headers(message, record);
  if (keeping_ == Keeping::kCopies)
    rd_kafka_message_destroy(message);
  else
    messages_.push_back(message);
}

void FetchedRecords::add_headers(rd_kafka_message_t* message, mr_record& record) {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    const mr_bytes text = kept(as_bytes(name, std::strlen(name)));
    headers.push_back({{reinterpret_cast<const char*>(text.data), text.size}, kept(as_bytes(value, size))});
    ++record.header_count;
    bytes_ += text.size + size;
  }
}

std::unique_ptr<FetchedRecords> FetchedRecords::split_after(std::size_t count) {
  auto rest = std::make_unique<FetchedRecords>(keeping_, outstanding_);
  const auto from = records.begin() + static_cast<std::ptrdiff_t>(count);
  rest->store_ = store_;
  rest->records.assign(from, records.end());
  rest->headers = headers;  // records name theirs by index
  records.erase(from, records.end());
  for (const mr_record& record : rest->records) {
    rest->bytes_ += record.key.size + record.value.size;
    for (std::uint32_t i = 0; i < record.header_count; ++i) {
      const mr_header& header = headers[record.first_header + i];
      rest->bytes_ += header.name.size + header.value.size;
    }
  }
  bytes_ -= rest->bytes_;
  return rest;
}

void FetchedRecords::seal() {
  retained_bytes = keeping_ == Keeping::kMessages ? std::max(bytes_, kLeastRetained)
                                                  : store_->size() + records.capacity() * sizeof(mr_record) +
                                                        headers.capacity() * sizeof(mr_header);
}

}  // namespace millrace::kafka
