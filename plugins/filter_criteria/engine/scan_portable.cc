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

struct NonAscii {
  unsigned char seen;
  void add(Classes classes) {
    for (int i = 0; i < 64; ++i) seen |= static_cast<unsigned char>(classes.block[i]);
  }
  bool any() const { return seen >= 0x80; }
};
inline NonAscii none_seen() {
  return {0};
}

#include "scan_kernel.h"

}  // namespace

Scan scan_portable(const char* text, std::size_t size, Block* blocks, bool full, std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, blocks, deep) : scan<false>(text, size, blocks, deep);
}

}  // namespace millrace::filter::kernels

namespace millrace::filter {
namespace kernels {
namespace {

constexpr Repeated make_repeated() {
  Repeated repeated{};
  for (unsigned byte = 0; byte < 128; ++byte)
    for (unsigned char& c : repeated.row[byte]) c = static_cast<unsigned char>(byte);
  return repeated;
}

}  // namespace

constinit const Repeated kRepeated = make_repeated();

}  // namespace kernels

ScanFunction best_scan() noexcept {
  if (kernels::has_avx512()) return kernels::scan_avx512;
  if (kernels::has_avx2()) return kernels::scan_avx2;
  return kernels::scan_portable;
}

}  // namespace millrace::filter
