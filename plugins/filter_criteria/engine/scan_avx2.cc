// The scan for processors with AVX2: masks of 64 bytes from two halves.
#include "scan.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

MILLRACE_FILTER_TARGET_BEGIN("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")

namespace {

inline std::uint64_t prefix_xor(std::uint64_t mask) {
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(mask)), _mm_set1_epi8(-1), 0)));
}

struct Classes {
  __m256i low, high;
};

inline std::uint64_t mask_of(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high))) << 32;
}

inline Classes classify(const char* block) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block)),
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32))};
}
inline std::uint64_t is(const Classes& classes, char wanted) {
  const __m256i all = _mm256_set1_epi8(wanted);
  return mask_of(_mm256_cmpeq_epi8(classes.low, all), _mm256_cmpeq_epi8(classes.high, all));
}
inline std::uint64_t is_letter(const Classes& classes, char wanted) {
  const __m256i bit = _mm256_set1_epi8(0x20);
  return is({_mm256_or_si256(classes.low, bit), _mm256_or_si256(classes.high, bit)}, wanted);
}
inline std::uint64_t is_curly(const Classes& classes) {
  return mask_of(_mm256_slli_epi16(classes.low, 2), _mm256_slli_epi16(classes.high, 2));  // bit 0x20 to the top
}
inline std::uint64_t at_most(const Classes& classes, char most) {  // unsigned
  const __m256i all = _mm256_set1_epi8(most);
  return mask_of(_mm256_cmpeq_epi8(_mm256_min_epu8(classes.low, all), classes.low),
                 _mm256_cmpeq_epi8(_mm256_min_epu8(classes.high, all), classes.high));
}
inline std::uint64_t is_control(const Classes& classes) {
  return at_most(classes, 0x1F);
}
inline std::uint64_t is_digit(const Classes& classes) {
  const __m256i zero = _mm256_set1_epi8('0');
  return at_most({_mm256_sub_epi8(classes.low, zero), _mm256_sub_epi8(classes.high, zero)}, 9);
}

inline std::uint64_t is_foreign(const Classes& classes) {
  return mask_of(classes.low, classes.high);
}

#include "scan_brackets.h"
#include "scan_words.h"
// behind them
#include "scan_kernel.h"

}  // namespace

Scan scan_avx2(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, blocks, deep) : scan<false>(text, size, blocks, deep);
}

MILLRACE_FILTER_TARGET_END

bool has_avx2() noexcept {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
}

#else

Scan scan_avx2(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep) {
  return scan_portable(text, size, blocks, full, deep);
}
bool has_avx2() noexcept {
  return false;
}

#endif

}  // namespace millrace::filter::kernels
