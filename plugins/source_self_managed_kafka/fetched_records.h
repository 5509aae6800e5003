// What one poll lends to the host: records of one stream, and what keeps their bytes alive.
//
// Small records are copied and their messages let go at once, larger ones are shown where librdkafka has them and their
// messages kept.
//
// Invariant: bytes that are shown stay where they are until the object goes. One that keeps messages is counted as
// outstanding, since the client may not go before them.
//
// Rationale: a message pins the whole fetch buffer that it came in, and librdkafka's object for it is several times a
// record of 100 bytes. To copy that record and let the object go while it is in the processor's cache is cheaper than
// to keep it; at 1 KiB the copy costs more (docs/benchmarks.md).
//
// Used by poller.cc. Filled on the source's thread; destroyed on any.
#pragma once

#include <memory>
#include <millrace/plugin.hpp>
#include <vector>

#include "client.h"

namespace millrace::kafka {

// Memory that only grows, in pieces that never move.
class ByteStore {
 public:
  // The same bytes at an address that lasts as long as this object. Absent stays absent.
  mr_bytes copy(mr_bytes bytes);
  std::uint64_t size() const noexcept { return size_; }  // of all pieces

 private:
  std::vector<std::unique_ptr<std::uint8_t[]>> pieces_;
  std::uint8_t* free_ = nullptr;  // in the last piece
  std::uint64_t left_ = 0, size_ = 0;
};

class FetchedRecords final : public Records {
 public:
  enum class Keeping { kCopies, kMessages };
  FetchedRecords(Keeping keeping, Outstanding outstanding);
  ~FetchedRecords() override;

  // How many are about to come. What is reserved counts as retained.
  void reserve(std::size_t count);
  // Takes the message over, with its own leader epoch (-1: it shows none). Headers are read when they are needed
  // only: librdkafka parses them on the first call.
  void add(rd_kafka_message_t* message, std::int32_t epoch, bool needs_headers);
  // Gives up all but the first records. Of copies only.
  std::unique_ptr<FetchedRecords> split_after(std::size_t count);
  // Nothing more comes: fills in retained_bytes.
  void seal();
  std::uint64_t bytes() const noexcept { return bytes_; }  // of keys, values and headers

 private:
  mr_bytes kept(mr_bytes bytes) { return keeping_ == Keeping::kCopies ? store_->copy(bytes) : bytes; }
  void add_headers(rd_kafka_message_t* message, mr_record& record);

  const Keeping keeping_;
  Outstanding outstanding_;
  std::vector<rd_kafka_message_t*> messages_;
  std::shared_ptr<ByteStore> store_ = std::make_shared<ByteStore>();  // shared after a split
  std::uint64_t bytes_ = 0;
};

}  // namespace millrace::kafka
