#include "sdk/tool/paged_batch.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace millrace::sdk_tool {
namespace {

std::size_t page() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}
std::size_t whole_pages(std::size_t bytes) {
  return (bytes + page() - 1) / page() * page();
}
// `size` bytes of whole pages, and one more that nobody may touch.
std::uint8_t* map_pages(std::size_t size) {
  void* at = ::mmap(nullptr, size + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) std::abort();
  auto* pages = static_cast<std::uint8_t*>(at);
  ::mprotect(pages + size, page(), PROT_NONE);
  return pages;
}
std::size_t aligned(std::size_t at) {
  return (at + 15) / 16 * 16;
}

}  // namespace

PagedBatch::PagedBatch(const std::vector<SampleRecord>& records, std::uint32_t record_padding,
                       std::uint32_t stream_padding)
    : count_(static_cast<std::uint32_t>(records.size())) {
  static constexpr std::string_view kTopic = "orders";
  static constexpr std::string_view kAttributes[][2] = {{"eventSource", "SelfManagedKafka"},
                                                        {"bootstrapServers", "127.0.0.1:9"}};
  std::uint32_t streams = records.empty() ? 0 : 1;
  std::size_t headers = 0, bytes = kTopic.size();
  for (const auto& a : kAttributes) bytes += a[0].size() + a[1].size();
  for (const SampleRecord& r : records) {
    streams = std::max(streams, r.stream + 1);
    headers += r.headers.size();
    bytes += (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0);
    for (const auto& [name, value] : r.headers) bytes += name.size() + (value ? value->size() : 0);
  }
  const std::size_t record_stride = sizeof(mr_record) + record_padding,
                    stream_stride = sizeof(mr_stream) + stream_padding;
  const std::size_t tables = aligned(sizeof(mr_batch)) + aligned(records.size() * record_stride) +
                             aligned(streams * stream_stride) + aligned(headers * sizeof(mr_header)) +
                             aligned(std::size(kAttributes) * sizeof(mr_field));
  size_ = whole_pages(tables + bytes);
  pages_ = map_pages(size_);
  std::uint8_t* at = pages_;
  const auto take = [&](std::size_t n) { return std::exchange(at, at + aligned(n)); };
  batch_ = reinterpret_cast<mr_batch*>(take(sizeof(mr_batch)));
  std::uint8_t* record_at = take(records.size() * record_stride);
  std::uint8_t* stream_at = take(streams * stream_stride);
  auto* header_at = reinterpret_cast<mr_header*>(take(headers * sizeof(mr_header)));
  auto* field_at = reinterpret_cast<mr_field*>(take(std::size(kAttributes) * sizeof(mr_field)));
  std::uint8_t* byte_at = pages_ + size_ - bytes;
  const auto put = [&](std::string_view text) {
    std::memcpy(byte_at, text.data(), text.size());
    return std::exchange(byte_at, byte_at + text.size());
  };
  const auto put_text = [&](std::string_view text) {
    return mr_str{reinterpret_cast<const char*>(put(text)), text.size()};
  };
  const auto put_bytes = [&](const std::optional<std::string>& text) {
    return text ? mr_bytes{put(*text), text->size()} : mr_bytes{nullptr, 0};
  };

  const mr_str topic = put_text(kTopic);
  for (std::size_t i = 0; i < std::size(kAttributes); ++i) {
    const mr_str name = put_text(kAttributes[i][0]);
    field_at[i] = {name, put_text(kAttributes[i][1])};
  }
  for (std::uint32_t s = 0; s < streams; ++s)
    *reinterpret_cast<mr_stream*>(stream_at + s * stream_stride) = {s + std::uint64_t{1}, topic,
                                                                    static_cast<std::int32_t>(s), 0};
  std::vector<std::int64_t> next(streams, 0);
  std::uint32_t first_header = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    const SampleRecord& r = records[i];
    mr_record out{};
    out.key = put_bytes(r.key);
    out.position = r.position >= 0 ? r.position : next[r.stream];
    next[r.stream] = out.position + 1;
    out.timestamp_ms = 1'700'000'000'000 + i;
    out.flags = MR_TIME_CREATE;
    out.stream = r.stream;
    out.first_header = first_header;
    out.header_count = static_cast<std::uint32_t>(r.headers.size());
    for (const auto& [name, value] : r.headers) {
      const mr_str put_name = put_text(name);
      header_at[first_header++] = {put_name, put_bytes(value)};
    }
    out.value = put_bytes(r.value);
    *reinterpret_cast<mr_record*>(record_at + i * record_stride) = out;
  }
  *batch_ = mr_batch{};
  batch_->struct_size = sizeof(mr_batch);
  batch_->record_stride = static_cast<std::uint32_t>(record_stride);
  batch_->stream_stride = static_cast<std::uint32_t>(stream_stride);
  batch_->count = count_;
  batch_->stream_count = streams;
  batch_->header_count = static_cast<std::uint32_t>(headers);
  batch_->attribute_count = static_cast<std::uint32_t>(std::size(kAttributes));
  batch_->records = count_ ? reinterpret_cast<const mr_record*>(record_at) : nullptr;
  batch_->streams = streams ? reinterpret_cast<const mr_stream*>(stream_at) : nullptr;
  batch_->headers = headers ? header_at : nullptr;
  batch_->attributes = field_at;
  batch_->retained_bytes = size_;
}

void PagedBatch::seal() {
  ::mprotect(pages_, size_, PROT_READ);
}
void PagedBatch::forbid() {
  ::mprotect(pages_, size_, PROT_NONE);
}

Selection::Selection(std::uint32_t count, bool all) : word_count_((count + 63) / 64) {
  size_ = whole_pages(std::max<std::size_t>(1, word_count_ * sizeof(std::uint64_t)));
  pages_ = map_pages(size_);
  words_ = reinterpret_cast<std::uint64_t*>(pages_ + size_) - word_count_;
  for (std::uint32_t i = 0; all && i < count; ++i) words_[i / 64] |= std::uint64_t{1} << (i % 64);
}
Selection::~Selection() {
  ::munmap(pages_, size_ + page());
}
std::string Selection::bits(std::uint32_t count) const {
  std::string out;
  for (std::uint32_t i = 0; i < count; ++i) out += has(i) ? '1' : '0';
  return out;
}

}  // namespace millrace::sdk_tool
