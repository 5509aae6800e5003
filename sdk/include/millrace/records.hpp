// Records as components see them: Batch and Selection (filters, encoders), Records and Credit (sources), Writer
// (encoders).
//
// A Batch is a view of memory that belongs to the source; it and everything reached through it is gone when the call
// that got it returns. The position of a record in its batch (an index) is its name within that call.
//
// Thread-compatible; views may be read from several threads during the call.
#pragma once

#include <millrace/error.hpp>

#include <bit>
#include <memory>

namespace millrace {

// Limits of one request body: max_bytes and max_records, 0 for none.
using Limits = mr_limits;

class Batch {
 public:
  explicit Batch(const mr_batch* batch) noexcept : batch_(batch) {}
  std::uint32_t size() const noexcept { return batch_->count; }
  bool empty() const noexcept { return batch_->count == 0; }

  const mr_record& operator[](std::uint32_t i) const noexcept {
    return at<mr_record>(batch_->records, i, batch_->record_stride);
  }
  // Empty both for an absent and for an empty one; is_null tells them apart: batch.is_null(batch[i].value) is a
  // tombstone.
  std::string_view key(std::uint32_t i) const noexcept { return view((*this)[i].key); }
  std::string_view value(std::uint32_t i) const noexcept { return view((*this)[i].value); }
  static bool is_null(const mr_bytes& b) noexcept { return b.data == nullptr; }
  std::int64_t position(std::uint32_t i) const noexcept { return (*this)[i].position; }
  std::int64_t timestamp_ms(std::uint32_t i) const noexcept { return (*this)[i].timestamp_ms; }  // -1: unknown
  std::uint32_t timestamp_type(std::uint32_t i) const noexcept { return (*this)[i].flags & MR_TIME_MASK; }

  // The stream that record i came from. Its name is the topic.
  const mr_stream& stream(std::uint32_t i) const noexcept { return stream_at((*this)[i].stream); }
  std::uint32_t stream_count() const noexcept { return batch_->stream_count; }
  const mr_stream& stream_at(std::uint32_t s) const noexcept {
    return at<mr_stream>(batch_->streams, s, batch_->stream_stride);
  }

  // Filled in when some component of the pipeline has MR_NEED_HEADERS, otherwise empty. Names are unchecked bytes.
  std::span<const mr_header> headers(std::uint32_t i) const noexcept {
    const mr_record& r = (*this)[i];
    return r.header_count ? std::span(batch_->headers + r.first_header, r.header_count) : std::span<const mr_header>();
  }

  // Facts about the source, the same for every record: "eventSource", "bootstrapServers".
  std::span<const mr_field> attributes() const noexcept {
    return batch_->attribute_count ? std::span(batch_->attributes, batch_->attribute_count)
                                   : std::span<const mr_field>();
  }
  std::string_view attribute(std::string_view name) const noexcept {
    for (const mr_field& f : attributes())
      if (view(f.key) == name) return view(f.value);
    return {};
  }
  const mr_batch& raw() const noexcept { return *batch_; }

 private:
  template <class T>
  static const T& at(const T* first, std::uint32_t i, std::uint32_t stride) noexcept {
    return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(first) + std::size_t{i} * stride);
  }
  const mr_batch* batch_;
};

// Which records of a batch are still in: one bit each. A filter takes records out and cannot put one back in.
class Selection {
 public:
  Selection(std::uint64_t* words, std::uint32_t size) noexcept : words_(words), size_(size) {}
  std::uint32_t size() const noexcept { return size_; }
  bool kept(std::uint32_t i) const noexcept { return (words_[i / 64] >> (i % 64) & 1u) != 0; }
  void drop(std::uint32_t i) const noexcept { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  std::uint32_t count() const noexcept {
    std::uint32_t n = 0;
    for (std::uint32_t w = 0; w * 64 < size_; ++w) n += static_cast<std::uint32_t>(std::popcount(words_[w]));
    return n;
  }
  // Asks predicate(index) about each record that is still in, in order, and drops those it answers false for.
  template <class Predicate>
  void keep_if(Predicate&& predicate) const {
    for (std::uint32_t w = 0; w * 64 < size_; ++w)
      for (std::uint64_t left = words_[w]; left != 0; left &= left - 1)
        if (const auto bit = static_cast<std::uint32_t>(std::countr_zero(left)); !predicate(w * 64 + bit))
          words_[w] &= ~(std::uint64_t{1} << bit);
  }

 private:
  std::uint64_t* words_;
  std::uint32_t size_;
};

// The first kept record at or after `from`, or `size` when there is none.
inline std::uint32_t next_kept(const std::uint64_t* keep, std::uint32_t from, std::uint32_t size) noexcept {
  while (from < size) {
    if (const std::uint64_t left = keep[from / 64] >> (from % 64); left != 0)
      return std::min(size, from + static_cast<std::uint32_t>(std::countr_zero(left)));
    from = (from / 64 + 1) * 64;
  }
  return size;
}

// What one poll() may take. records 0: no credit, deliver nothing but keep the session alive.
struct Credit {
  std::uint32_t records;
  std::uint64_t bytes;
  std::uint32_t timeout_ms;
};

// What poll() returns: a derived class adds whatever keeps the bytes alive. The host destroys it, on any thread, when
// the records are finished or copied. Views may also look into the source itself, which outlives all of its batches.
struct Records {
  Records() = default;
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;
  virtual ~Records() = default;
  std::vector<mr_record> records;
  std::vector<mr_stream> streams;
  std::vector<mr_header> headers;
  std::vector<mr_field> attributes;
  std::uint64_t retained_bytes = 0;  // memory that this object keeps alive, an estimate from above
};

// The host's buffer for one request body.
class Writer {
 public:
  explicit Writer(mr_writer* writer) noexcept : writer_(writer) {}
  // Room for n more bytes, uninitialised. Pointers from earlier calls are dead. Throws std::bad_alloc.
  std::uint8_t* reserve(std::uint64_t n) {
    std::uint8_t* room = writer_->reserve(writer_->ctx, n);
    if (!room) throw std::bad_alloc();
    return room;
  }
  // So many of the reserved bytes are now part of the body.
  void advance(std::uint64_t used) noexcept {
    writer_->advance(writer_->ctx, used);
    size_ += used;
  }
  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(reserve(text.size()), text.data(), text.size());
    advance(text.size());
  }
  std::uint64_t size() const noexcept { return size_; }

 private:
  mr_writer* writer_;
  std::uint64_t size_ = 0;
};

// Where an auth component puts the connection properties.
class Properties {
 public:
  Properties(mr_emit_property emit, void* arg) noexcept : emit_(emit), arg_(arg) {}
  void set(std::string_view name, std::string_view value) noexcept { emit_(arg_, str(name), bytes(value), 0); }
  void secret(std::string_view name, std::string_view value) noexcept { emit_(arg_, str(name), bytes(value), 1); }
  void expires_at(std::int64_t unix_ms) noexcept { expires_unix_ms_ = unix_ms; }  // 0, the default: never
  std::int64_t expires_unix_ms() const noexcept { return expires_unix_ms_; }

 private:
  mr_emit_property emit_;
  void* arg_;
  std::int64_t expires_unix_ms_ = 0;
};

}  // namespace millrace
