// The scan for processors with AVX2: 256 bytes at a time.
//
// The bytes are turned by a quarter first, so that there is a mask of 256 bits for each bit of a byte; what a byte is,
// and each rule of the grammar, is then a few instructions for 256 bytes.
#include "fetch_ahead.h"
#include "json_scalar.h"
#include "scan.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

MILLRACE_FILTER_TARGET_BEGIN("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")

namespace {

using Bits = __m256i;
constexpr std::size_t kChunk = 256;
constexpr bool kClassifiesAhead = false;
constexpr int kLanes = 4;

#include "scan_avx2_masks.h"
// behind it
#include "scan_avx2_classes.h"
#include "scan_avx2_escapes.h"
#include "scan_brackets.h"
// behind it
#include "scan_packed_nesting.h"
// behind all of them
#include "scan_kernel.h"

}  // namespace

Scan scan_avx2(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
               std::vector<std::uint64_t>& deep) {
  if (size < 4) return scan_portable(text, size, starts, blocks, full, deep);  // see copy_end()
  return full ? scan<true>(text, size, starts, blocks, deep) : scan<false>(text, size, starts, blocks, deep);
}

MILLRACE_FILTER_TARGET_END

bool has_avx2() noexcept {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
}

#else

Scan scan_avx2(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
               std::vector<std::uint64_t>& deep) {
  return scan_portable(text, size, starts, blocks, full, deep);
}
bool has_avx2() noexcept {
  return false;
}

#endif

}  // namespace millrace::filter::kernels
