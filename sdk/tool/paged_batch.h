// A batch that lives in pages of its own, so that who keeps a view of it, or reads past its end, is caught in the act.
//
// All that the batch leads to is in one mapping; its bytes end where an inaccessible page begins. seal() makes it
// read-only, forbid() takes it away altogether: the next touch is a SIGSEGV, which the checker reports as such. Pages
// that were not taken away stay for as long as the process, so that a stale pointer shows in one check only.
//
// Used by the checks. Confined to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <millrace/plugin.h>

namespace millrace::sdk_tool {

struct SampleRecord {
  std::optional<std::string> key = "key";
  std::optional<std::string> value = "value";
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
  std::uint32_t stream = 0;    // index into the batch's streams
  std::int64_t position = -1;  // -1: the next of its stream
};

class PagedBatch {
 public:
  // record_padding and stream_padding make the strides larger than the structs, in multiples of 8.
  explicit PagedBatch(const std::vector<SampleRecord>& records, std::uint32_t record_padding = 0,
                      std::uint32_t stream_padding = 0);
  PagedBatch(const PagedBatch&) = delete;
  PagedBatch& operator=(const PagedBatch&) = delete;

  const mr_batch* get() const { return batch_; }
  std::uint32_t count() const { return count_; }
  void seal();
  void forbid();

 private:
  std::size_t size_ = 0;  // without the page at the end
  std::uint8_t* pages_ = nullptr;
  mr_batch* batch_ = nullptr;
  std::uint32_t count_ = 0;
};

// A selection of `count` records in words of its own that end where an inaccessible page begins.
class Selection {
 public:
  explicit Selection(std::uint32_t count, bool all = true);
  ~Selection();
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;

  std::uint64_t* words() { return words_; }
  const std::uint64_t* words() const { return words_; }
  bool has(std::uint32_t i) const { return (words_[i / 64] >> (i % 64) & 1u) != 0; }
  void clear(std::uint32_t i) { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  std::uint32_t word_count() const { return word_count_; }
  std::string bits(std::uint32_t count) const;  // "1011..."

 private:
  std::uint32_t word_count_ = 0;
  std::size_t size_ = 0;
  std::uint8_t* pages_ = nullptr;
  std::uint64_t* words_ = nullptr;
};

}  // namespace millrace::sdk_tool
