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

struct Block {             // of 64 bytes
  std::uint64_t marks;     // opening quotes of member names, and all brackets outside strings
  std::uint64_t brackets;  // the brackets among them
  std::uint64_t opens;     // { and [ among the brackets
  std::uint64_t ends;      // closing quotes of strings
  std::int32_t depth;      // open brackets behind the block
  std::int32_t lowest;     // the fewest after any of its brackets
};

struct Scan {
  bool is_json = false;
  bool escapes = false;    // some string has a backslash
  bool non_ascii = false;  // some byte is 0x80 or more
};

// text: no white space around it, beginning with { and ending with }. blocks: (size + 63) / 64 of them. full:
// numbers, words and escapes are checked too, and not only brackets and the order of tokens. deep: memory
// for nesting beyond 64 levels, any content.
using ScanFunction = Scan (*)(const char* text, std::size_t size, Block* blocks, bool full,
                              std::vector<std::uint64_t>& deep);

ScanFunction best_scan() noexcept;

namespace kernels {
// Row c is 64 times the byte c: what a kernel compares with, from memory, where it costs no register.
struct Repeated {
  alignas(64) unsigned char row[128][64];
};
extern const Repeated kRepeated;

// For tests: the first two must not be called where the processor lacks them
Scan scan_avx512(const char* text, std::size_t size, Block* blocks, bool full, std::vector<std::uint64_t>& deep);
Scan scan_avx2(const char* text, std::size_t size, Block* blocks, bool full, std::vector<std::uint64_t>& deep);
Scan scan_portable(const char* text, std::size_t size, Block* blocks, bool full, std::vector<std::uint64_t>& deep);
bool has_avx512() noexcept;
bool has_avx2() noexcept;
}  // namespace kernels

}  // namespace millrace::filter
