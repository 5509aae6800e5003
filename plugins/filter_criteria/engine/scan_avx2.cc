// The scan for processors with AVX2: masks of 64 bytes from two halves.
#include "scan.h"
#include "scan_masks.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

MILLRACE_FILTER_TARGET_BEGIN("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")

namespace {

inline std::uint64_t prefix_xor(std::uint64_t mask) {
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(mask)), _mm_set1_epi8(-1), 0)));
}

struct Bytes {
  __m256i low, high;
};

inline Bytes load(const char* block) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block)),
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32))};
}

inline std::uint64_t mask_of(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high))) << 32;
}

inline std::uint64_t equal(Bytes bytes, char wanted) {
  const __m256i all = _mm256_set1_epi8(wanted);
  return mask_of(_mm256_cmpeq_epi8(bytes.low, all), _mm256_cmpeq_epi8(bytes.high, all));
}

inline std::uint64_t at_most(Bytes bytes, char most) {  // unsigned
  const __m256i all = _mm256_set1_epi8(most);
  return mask_of(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes.low, all), bytes.low),
                 _mm256_cmpeq_epi8(_mm256_min_epu8(bytes.high, all), bytes.high));
}

inline Masks classify(const char* block) {
  const Bytes bytes = load(block);
  const __m256i bit = _mm256_set1_epi8(0x20);
  const Bytes low{_mm256_or_si256(bytes.low, bit), _mm256_or_si256(bytes.high, bit)};
  const __m256i zero = _mm256_set1_epi8('0');
  const Bytes digit{_mm256_sub_epi8(bytes.low, zero), _mm256_sub_epi8(bytes.high, zero)};
  const std::uint64_t either_open = equal(low, '{');  // [ and { differ in this bit only, ] and } too
  const std::uint64_t either_close = equal(low, '}');
  const std::uint64_t has_bit = mask_of(_mm256_slli_epi16(bytes.low, 2), _mm256_slli_epi16(bytes.high, 2));
  const std::uint64_t control = at_most(bytes, 0x1F);
  std::uint64_t white = equal(bytes, ' ');
  if (__builtin_expect(control != 0, 0)) white |= equal(bytes, '\n') | equal(bytes, '\t') | equal(bytes, '\r');
  return {equal(bytes, '"'),
          equal(bytes, '\\'),
          control,
          white,
          either_open & has_bit,
          either_close & has_bit,
          either_open & ~has_bit,
          either_close & ~has_bit,
          equal(bytes, ','),
          equal(bytes, ':'),
          at_most(digit, 9),
          equal(bytes, '0'),
          mask_of(bytes.low, bytes.high)};
}

inline NumberMasks classify_number(const char* block) {
  const Bytes bytes = load(block);
  const __m256i bit = _mm256_set1_epi8(0x20);
  const Bytes low{_mm256_or_si256(bytes.low, bit), _mm256_or_si256(bytes.high, bit)};
  return {equal(bytes, '.'), equal(low, 'e'), equal(bytes, '+'), equal(bytes, '-')};
}

#include "scan_kernel.h"

}  // namespace

Scan scan_avx2(const char* text, std::size_t size, Block* blocks, std::vector<std::uint64_t>& deep) {
  return scan(text, size, blocks, deep);
}

MILLRACE_FILTER_TARGET_END

bool has_avx2() noexcept {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
}

#else

Scan scan_avx2(const char* text, std::size_t size, Block* blocks, std::vector<std::uint64_t>& deep) {
  return scan_portable(text, size, blocks, deep);
}
bool has_avx2() noexcept {
  return false;
}

#endif

}  // namespace millrace::filter::kernels
