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
#include <vector>

namespace millrace::filter {

// What a scan finds, an entry for each 64 bytes of the text. Memory only grows; entries behind the text mean nothing.
struct Blocks {
  std::vector<std::uint64_t> marks;     // all brackets outside strings, and opening quotes: of all member names, and of
                                        // some strings in arrays
  std::vector<std::uint64_t> brackets;  // the brackets among them
  std::vector<std::uint64_t> opens;     // { and [ among the brackets
  std::vector<std::uint64_t> ends;      // closing quotes of strings
  std::vector<std::uint8_t> closed;     // how many brackets close
  std::vector<std::int8_t> change;      // how many open, less that

  void make_room(std::size_t text_size);
};

struct Scan {
  bool is_json = false;
  bool escapes = false;    // some string has a backslash
  bool non_ascii = false;  // some byte is 0x80 or more
};

// text: no white space around it, beginning with { and ending with }. full: numbers, words and escapes are checked too,
// and not only brackets and the order of tokens. deep: memory for nesting beyond 64 levels, any content.
using ScanFunction = Scan (*)(const char* text, std::size_t size, Blocks& blocks, bool full,
                              std::vector<std::uint64_t>& deep);

ScanFunction best_scan() noexcept;

namespace kernels {
// For tests: the first two must not be called where the processor lacks them
Scan scan_avx512(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep);
Scan scan_avx2(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep);
Scan scan_portable(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep);
bool has_avx512() noexcept;
bool has_avx2() noexcept;
}  // namespace kernels

}  // namespace millrace::filter
