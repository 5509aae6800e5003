// Batches and a body for the tests and the benchmark: records are added one by one, the arrays that mr_batch points to
// are built on demand, and the body checks what the encoder does with the writer.
//
// Confined to one thread.
#pragma once
#include <millrace/plugin.h>

#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::lambda_event {

using Bytes = std::optional<std::string>;  // none: null

struct TestRecord {
  std::uint32_t stream = 0;
  std::int64_t position = 0;
  std::int64_t timestamp_ms = 0;
  std::uint32_t flags = MR_TIME_CREATE;
  Bytes key = {};
  Bytes value = {};
  std::vector<std::pair<std::string, Bytes>> headers = {};
};

class TestBatch {
 public:
  std::deque<std::pair<std::string, std::string>> attributes;
  std::deque<std::pair<std::string, std::int32_t>> streams;
  std::deque<TestRecord> records;

  static TestBatch kafka() {
    TestBatch batch;
    batch.attributes = {{"eventSource", "SelfManagedKafka"}, {"bootstrapServers", "b1:9092,b2:9092"}};
    return batch;
  }

  const mr_batch& view() {
    records_.clear(), streams_.clear(), headers_.clear(), attributes_.clear();
    for (const auto& [name, partition] : streams) {
      streams_.push_back({streams_.size() + 1, str(name), partition, 0});
    }
    for (const auto& [name, value] : attributes) attributes_.push_back({str(name), str(value)});
    for (const TestRecord& record : records) {
      mr_record r{};
      r.key = bytes(record.key);
      r.value = bytes(record.value);
      r.position = record.position;
      r.timestamp_ms = record.timestamp_ms;
      r.stream = record.stream;
      r.first_header = static_cast<std::uint32_t>(headers_.size());
      r.header_count = static_cast<std::uint32_t>(record.headers.size());
      r.flags = record.flags;
      for (const auto& [name, value] : record.headers) headers_.push_back({str(name), bytes(value)});
      records_.push_back(r);
    }
    batch_ = {};
    batch_.struct_size = sizeof batch_;
    batch_.record_stride = sizeof(mr_record);
    batch_.stream_stride = sizeof(mr_stream);
    batch_.count = static_cast<std::uint32_t>(records_.size());
    batch_.stream_count = static_cast<std::uint32_t>(streams_.size());
    batch_.header_count = static_cast<std::uint32_t>(headers_.size());
    batch_.attribute_count = static_cast<std::uint32_t>(attributes_.size());
    batch_.records = records_.data();
    batch_.streams = streams_.data();
    batch_.headers = headers_.data();
    batch_.attributes = attributes_.data();
    return batch_;
  }

  std::vector<std::uint64_t> all_kept() const {
    std::vector<std::uint64_t> keep((records.size() + 63) / 64, ~std::uint64_t{0});
    if (records.size() % 64 != 0) keep.back() >>= 64 - records.size() % 64;
    return keep;
  }

 private:
  static mr_str str(const std::string& s) { return {s.data(), s.size()}; }
  static mr_bytes bytes(const Bytes& b) {
    if (!b) return {nullptr, 0};
    return {reinterpret_cast<const std::uint8_t*>(b->data()), b->size()};
  }

  mr_batch batch_{};
  std::vector<mr_record> records_;
  std::vector<mr_stream> streams_;
  std::vector<mr_header> headers_;
  std::vector<mr_field> attributes_;
};

// A body in which every reserve() is a new allocation of exactly that size, so that AddressSanitizer sees a write past
// it.
class Body {
 public:
  mr_writer writer() {
    mr_writer w{};
    w.struct_size = sizeof w;
    w.ctx = this;
    w.reserve = [](void* ctx, std::uint64_t size) { return static_cast<Body*>(ctx)->reserve(size); };
    w.advance = [](void* ctx, std::uint64_t used) { static_cast<Body*>(ctx)->advance(used); };
    return w;
  }
  std::string text;
  std::uint64_t refuse_after = ~std::uint64_t{0};  // reservations
  std::uint64_t reservations = 0;

 private:
  std::uint8_t* reserve(std::uint64_t size) {
    if (reservations++ >= refuse_after) return nullptr;
    room_.reset(new std::uint8_t[size]);
    size_ = size;
    return room_.get();
  }
  void advance(std::uint64_t used) {
    if (used > size_) std::abort();
    text.append(reinterpret_cast<const char*>(room_.get()), used);
    size_ = 0;
  }

  std::unique_ptr<std::uint8_t[]> room_;
  std::uint64_t size_ = 0;
};

}  // namespace millrace::lambda_event
