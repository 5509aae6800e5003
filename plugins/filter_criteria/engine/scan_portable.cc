// The scan for processors without AVX2: a byte at a time through a table, eight bytes into eight masks at a time.
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
#include "scan_escapes.h"
// behind them
#include "scan_words.h"
// behind it
#include "scan_kernel.h"

// The kernels that find classes in a table mark a byte by a bit of its code. In some it is set; in others it would make
// another byte of it.
bool is_marked(unsigned char byte) {
  return (kCodes.of[byte] & kCurly) != 0;
}
bool can_be_marked(unsigned char byte) {
  return is_marked(byte) || kCodes.of[byte] == 0;
}

}  // namespace

Scan scan_portable(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
                   std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, starts, blocks, deep) : scan<false>(text, size, starts, blocks, deep);
}

}  // namespace millrace::filter::kernels

namespace millrace::filter {

NameStarts::NameStarts() noexcept {
  for (unsigned char byte = 0; byte < 128; ++byte)
    if (kernels::is_marked(byte)) mark(byte);
}

void NameStarts::mark(unsigned char byte) noexcept {
  marks_[byte] = kMark;
  nibbles_[byte % 16] |= static_cast<unsigned char>(1 << (byte / 16));
}

void NameStarts::add(std::string_view name) noexcept {
  if (name.empty()) {  // in the text it begins with a quote, or with the dot of ".a", which is a inside it
    are_all_ = true;
    return;
  }
  const auto first = static_cast<unsigned char>(name.front());
  // looked for in any case, the first and the last two as escapes
  if (first < 0x20 || first >= 0x80 || first == '\\' || first == '"') return;
  if (kernels::can_be_marked(first)) {
    mark(first);
  } else {
    are_all_ = true;
  }
}

void Blocks::make_room(std::size_t text_size) {
  const std::size_t count = (text_size + 511) / 512 * 8;  // a kernel may fill in 512 bytes at a time
  if (marks.size() >= count) return;
  for (auto* masks : {&marks, &brackets, &opens, &objects, &ends}) masks->resize(count + count / 2);
  filled.resize(marks.size() / 64 + 1);
}

ScanFunction best_scan() noexcept {
  if (kernels::has_avx512()) return kernels::scan_avx512;
  if (kernels::has_avx2()) return kernels::scan_avx2;
  return kernels::scan_portable;
}

}  // namespace millrace::filter
