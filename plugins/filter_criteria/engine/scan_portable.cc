// The scan for processors without AVX2: a byte at a time into the same masks.
#include "scan.h"
#include "scan_masks.h"

namespace millrace::filter::kernels {
namespace {

inline std::uint64_t prefix_xor(std::uint64_t mask) {
  for (int shift = 1; shift < 64; shift *= 2) mask ^= mask << shift;
  return mask;
}

inline std::uint64_t equal(const char* block, char wanted) {
  std::uint64_t mask = 0;
  for (int i = 0; i < 64; ++i) mask |= static_cast<std::uint64_t>(block[i] == wanted) << i;
  return mask;
}

inline std::uint64_t between(const char* block, unsigned char low, unsigned char high) {
  std::uint64_t mask = 0;
  for (int i = 0; i < 64; ++i) {
    const auto c = static_cast<unsigned char>(block[i]);
    mask |= static_cast<std::uint64_t>(c >= low && c <= high) << i;
  }
  return mask;
}

inline Masks classify(const char* block) {
  return {equal(block, '"'),         equal(block, '\\'),
          between(block, 0, 0x1F),   equal(block, ' ') | equal(block, '\n') | equal(block, '\t') | equal(block, '\r'),
          equal(block, '{'),         equal(block, '}'),
          equal(block, '['),         equal(block, ']'),
          equal(block, ','),         equal(block, ':'),
          between(block, '0', '9'),  equal(block, '0'),
          between(block, 0x80, 0xFF)};
}

inline NumberMasks classify_number(const char* block) {
  return {equal(block, '.'), equal(block, 'e') | equal(block, 'E'), equal(block, '+'), equal(block, '-')};
}

#include "scan_kernel.h"

}  // namespace

Scan scan_portable(const char* text, std::size_t size, Block* blocks, std::vector<std::uint64_t>& deep) {
  return scan(text, size, blocks, deep);
}

}  // namespace millrace::filter::kernels

namespace millrace::filter {

ScanFunction best_scan() noexcept {
  if (kernels::has_avx512()) return kernels::scan_avx512;
  if (kernels::has_avx2()) return kernels::scan_avx2;
  return kernels::scan_portable;
}

}  // namespace millrace::filter
