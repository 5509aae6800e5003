// The scan for processors without AVX2: a byte at a time into the same masks.
#include "scan.h"

namespace millrace::filter::kernels {
namespace {

inline std::uint64_t prefix_xor(std::uint64_t mask) {
  for (int shift = 1; shift < 64; shift *= 2) mask ^= mask << shift;
  return mask;
}

struct Classes {
  const char* block;
};

template <class Predicate>
inline std::uint64_t mask_of(Classes classes, Predicate predicate) {
  std::uint64_t mask = 0;
  for (int i = 0; i < 64; ++i)
    mask |= static_cast<std::uint64_t>(predicate(static_cast<unsigned char>(classes.block[i]))) << i;
  return mask;
}

inline Classes classify(const char* block) {
  return {block};
}
inline std::uint64_t is(Classes classes, char wanted) {
  return mask_of(classes, [=](unsigned char c) { return c == static_cast<unsigned char>(wanted); });
}
inline std::uint64_t is_letter(Classes classes, char wanted) {
  return mask_of(classes, [=](unsigned char c) { return (c | 0x20) == static_cast<unsigned char>(wanted); });
}
inline std::uint64_t is_curly(Classes classes) {
  return mask_of(classes, [](unsigned char c) { return (c & 0x20) != 0; });
}
inline std::uint64_t is_control(Classes classes) {
  return mask_of(classes, [](unsigned char c) { return c < 0x20; });
}
inline std::uint64_t is_digit(Classes classes) {
  return mask_of(classes, [](unsigned char c) { return c >= '0' && c <= '9'; });
}

inline std::uint64_t is_foreign(Classes classes) {
  return mask_of(classes, [](unsigned char c) { return c >= 0x80; });
}

#include "scan_brackets.h"
#include "scan_words.h"
// behind them
#include "scan_kernel.h"

}  // namespace

Scan scan_portable(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, blocks, deep) : scan<false>(text, size, blocks, deep);
}

}  // namespace millrace::filter::kernels

namespace millrace::filter {
void Blocks::make_room(std::size_t text_size) {
  const std::size_t count = (text_size + 511) / 512 * 8;  // a kernel may fill in 512 bytes at a time
  if (marks.size() >= count) return;
  for (auto* masks : {&marks, &brackets, &opens, &ends}) masks->resize(count + count / 2);
  closed.resize(marks.size());
  change.resize(marks.size());
}

ScanFunction best_scan() noexcept {
  if (kernels::has_avx512()) return kernels::scan_avx512;
  if (kernels::has_avx2()) return kernels::scan_avx2;
  return kernels::scan_portable;
}

}  // namespace millrace::filter
