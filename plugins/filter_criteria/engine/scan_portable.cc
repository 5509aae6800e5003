// The scan for processors without AVX2: a byte at a time through a table, eight bytes into eight masks at a time.
#include "fetch_ahead.h"
#include "json_scalar.h"
#include "scan.h"

namespace millrace::filter::kernels {
namespace {

using Bits = std::uint64_t;

inline Bits prefix_xor(Bits mask) {
  for (int shift = 1; shift < 64; shift *= 2) mask ^= mask << shift;
  return mask;
}

#include "scan_codes.h"

// Eight bytes of eight bits, turned by a quarter: bit i of byte j goes to bit j of byte i.
inline std::uint64_t turn(std::uint64_t x) {
  std::uint64_t swapped = (x ^ x >> 7) & 0x00AA00AA00AA00AA;
  x ^= swapped ^ swapped << 7;
  swapped = (x ^ x >> 14) & 0x0000CCCC0000CCCC;
  x ^= swapped ^ swapped << 14;
  swapped = (x ^ x >> 28) & 0x00000000F0F0F0F0;
  return x ^ swapped ^ swapped << 28;
}

using Tables = Codes;
inline Tables tables_for(const NameStarts& starts) {
  Codes codes = kCodes;
  for (int i = 0; i < 128; ++i) codes.of[i] |= starts.marks()[i];
  return codes;
}

[[gnu::always_inline]] inline Classes classify(const Tables& tables, const char* block) {
  Bits masks[8] = {};
  for (int group = 0; group < 64; group += 8) {
    std::uint64_t codes = 0;
    for (int i = 0; i < 8; ++i)
      codes |= std::uint64_t{tables.of[static_cast<unsigned char>(block[group + i])]} << (8 * i);
    codes = turn(codes);
    for (int i = 0; i < 8; ++i) masks[i] |= (codes >> (8 * i) & 0xFF) << group;
  }
  return {masks[0], masks[1], masks[2], masks[3], masks[4], masks[5], masks[6], masks[7]};
}

#include "scan_brackets.h"
// behind them
#include "scan_words.h"
// behind it
#include "scan_kernel.h"

}  // namespace

Scan scan_portable(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
                   std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, starts, blocks, deep) : scan<false>(text, size, starts, blocks, deep);
}

}  // namespace millrace::filter::kernels
