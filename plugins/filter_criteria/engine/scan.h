// The first pass over a JSON text: where its names, strings and brackets are, and whether it is JSON at all.
//
// 64 bytes at a time become bit masks, one bit a byte, and the whole grammar is checked on masks: what may follow what,
// numbers, escapes, and that brackets pair. The walk over wanted fields (walk.h) then reads masks only. One of three
// kernels does it, chosen once by what the processor has; all give the same masks.
//
// No state: who calls owns the memory. UTF-8 is checked by the caller where `non_ascii` says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::filter {

// What the names begin with that somebody asks for. The scan marks few others, so that the walk hardly sees them.
class NameStarts {
 public:
  static constexpr unsigned char kMark = 8;

  NameStarts() noexcept;
  void add(std::string_view name) noexcept;

  // By byte, kMark: some wanted name begins with it, or the kernels cannot but mark it. Bytes of 0x80 and more are
  // always looked for, and so are names that begin with an escape.
  const unsigned char* marks() const noexcept { return marks_; }
  // Tables by the lower four bits of a byte, eight for bytes without the bit 0x20 and eight for those with it: in the
  // i-th, bit i where some wanted name begins with such a byte.
  const unsigned char* nibbles() const noexcept { return nibbles_[0][0]; }
  bool are_all() const noexcept { return are_all_; }  // every name is to be marked
  bool may_begin(char first) const noexcept {
    const auto byte = static_cast<unsigned char>(first);
    return are_all_ || byte >= 0x80 || byte == '\\' || marks_[byte] != 0;
  }

 private:
  alignas(64) unsigned char marks_[128] = {};
  alignas(16) unsigned char nibbles_[2][8][16] = {};
  bool are_all_ = false;
};

// What a scan finds, an entry for each 64 bytes of the text. Memory only grows; entries behind the text mean nothing.
struct Blocks {
  std::vector<std::uint64_t> marks;  // all brackets outside strings, and opening quotes: of all member names that may
                                     // be wanted, of some others, and of some strings in arrays
  std::vector<std::uint64_t> brackets;  // the brackets among them
  std::vector<std::uint64_t> opens;     // { and [ among the brackets
  std::vector<std::uint64_t> objects;   // { and } among the brackets; what is no bracket means nothing
  std::vector<std::uint64_t> ends;      // closing quotes of strings
  std::vector<std::uint64_t> filled;    // a bit for each entry: it has marks
  std::size_t last_name = 0;            // no opening quote is marked in later entries

  void make_room(std::size_t text_size) {
    if (__builtin_expect(text_size > room, 0)) grow(text_size);
  }

  std::size_t room = 0;  // bytes of text

 private:
  void grow(std::size_t text_size);
};

struct Scan {
  bool is_json = false;
  bool escapes = false;    // some string has a backslash
  bool non_ascii = false;  // some byte is 0x80 or more
};

// text: no white space around it, beginning with { and ending with }. full: numbers, words and escapes are checked too,
// and not only brackets and the order of tokens. deep: memory for nesting beyond 64 levels, any content.
using ScanFunction = Scan (*)(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
                              std::vector<std::uint64_t>& deep);

ScanFunction best_scan() noexcept;

namespace kernels {
// For tests: the first two must not be called where the processor lacks them
Scan scan_avx512(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
                 std::vector<std::uint64_t>& deep);
Scan scan_avx2(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
               std::vector<std::uint64_t>& deep);
Scan scan_portable(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
                   std::vector<std::uint64_t>& deep);
bool has_avx512() noexcept;
bool has_avx2() noexcept;
}  // namespace kernels

}  // namespace millrace::filter
