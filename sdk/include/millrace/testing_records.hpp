// BatchBuilder: record batches for tests, hard on components that read past their bytes or ignore a stride.
//
// Every key, value and name has a heap block of exactly its size, so AddressSanitizer sees one byte too many; strides
// are larger than the structs, so a plugin that indexes an array by itself reads nonsense in its first test.
//
// Thread-compatible. A batch is valid until its builder is changed or destroyed.
#pragma once

#include <millrace/plugin.hpp>

#include <list>

namespace millrace::testing {

// One record. position -1 takes the next one of its stream; nullopt is absent (a tombstone, no key).
struct Record {
  std::optional<std::string> key = std::nullopt;
  std::optional<std::string> value = std::nullopt;
  std::string topic = "orders";
  std::int32_t partition = 0;
  std::int64_t position = -1;
  std::int64_t timestamp_ms = 1'700'000'000'000;
  std::uint32_t flags = MR_TIME_CREATE;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
};

class BatchBuilder {
 public:
  BatchBuilder& add(const Record& r) {
    const std::uint32_t s = stream(r.topic, r.partition);
    mr_record out{};
    out.key = own(r.key);
    out.value = own(r.value);
    out.position = r.position >= 0 ? r.position : next_[s];
    next_[s] = out.position + 1;
    out.timestamp_ms = r.timestamp_ms;
    out.stream = s;
    out.first_header = static_cast<std::uint32_t>(headers_.size());
    out.header_count = static_cast<std::uint32_t>(r.headers.size());
    out.flags = r.flags;
    for (const auto& [name, value] : r.headers) headers_.push_back({own_text(name), own(value)});
    records_.push_back(out);
    return *this;
  }
  BatchBuilder& value(std::string value) { return add({.value = std::move(value)}); }
  BatchBuilder& key_value(std::string key, std::string value) {
    return add({.key = std::move(key), .value = std::move(value)});
  }
  BatchBuilder& attribute(std::string_view name, std::string_view value) {
    attributes_.push_back({own_text(name), own_text(value)});
    return *this;
  }

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(records_.size()); }
  const mr_batch* build() {
    record_bytes_ = spread(records_, kRecordStride);
    stream_bytes_ = spread(streams_, kStreamStride);
    batch_ = {};
    batch_.struct_size = sizeof batch_;
    batch_.record_stride = kRecordStride;
    batch_.stream_stride = kStreamStride;
    batch_.count = size();
    batch_.stream_count = static_cast<std::uint32_t>(streams_.size());
    batch_.header_count = static_cast<std::uint32_t>(headers_.size());
    batch_.attribute_count = static_cast<std::uint32_t>(attributes_.size());
    batch_.records = reinterpret_cast<const mr_record*>(record_bytes_.get());
    batch_.streams = reinterpret_cast<const mr_stream*>(stream_bytes_.get());
    batch_.headers = headers_.data();
    batch_.attributes = attributes_.data();
    return &batch_;
  }
  Batch batch() { return Batch(build()); }

 private:
  static constexpr std::uint32_t kRecordStride = sizeof(mr_record) + 32;
  static constexpr std::uint32_t kStreamStride = sizeof(mr_stream) + 16;

  template <class T>
  static std::unique_ptr<std::uint64_t[]> spread(const std::vector<T>& from, std::uint32_t stride) {
    const std::size_t words = (from.size() * stride + 7) / 8;
    std::unique_ptr<std::uint64_t[]> to(new std::uint64_t[words]);
    std::fill_n(to.get(), words, 0xA5A5A5A5A5A5A5A5u);
    for (std::size_t i = 0; i < from.size(); ++i)
      std::memcpy(reinterpret_cast<char*>(to.get()) + i * stride, &from[i], sizeof(T));
    return to;
  }
  std::uint32_t stream(const std::string& topic, std::int32_t partition) {
    for (std::uint32_t s = 0; s < streams_.size(); ++s)
      if (view(streams_[s].name) == topic && streams_[s].partition == partition) return s;
    streams_.push_back({streams_.size() + 1, own_text(topic), partition, 0});
    next_.push_back(0);
    return static_cast<std::uint32_t>(streams_.size() - 1);
  }
  std::string_view block(std::string_view text) {
    blocks_.emplace_back(new char[text.size()]);
    std::copy(text.begin(), text.end(), blocks_.back().get());
    return {blocks_.back().get(), text.size()};
  }
  mr_str own_text(std::string_view text) { return str(block(text)); }
  mr_bytes own(const std::optional<std::string>& text) { return text ? bytes(block(*text)) : mr_bytes{}; }

  std::list<std::unique_ptr<char[]>> blocks_;
  std::vector<mr_record> records_;
  std::vector<mr_stream> streams_;
  std::vector<std::int64_t> next_;  // by stream
  std::vector<mr_header> headers_;
  std::vector<mr_field> attributes_;
  std::unique_ptr<std::uint64_t[]> record_bytes_, stream_bytes_;
  mr_batch batch_{};
};

// All records of a batch, as the first filter sees them.
inline std::vector<std::uint64_t> keep_all(std::uint32_t count) {
  std::vector<std::uint64_t> words((std::size_t{count} + 63) / 64, ~std::uint64_t{0});
  if (count % 64 != 0) words.back() = (std::uint64_t{1} << (count % 64)) - 1;
  return words;
}

}  // namespace millrace::testing
