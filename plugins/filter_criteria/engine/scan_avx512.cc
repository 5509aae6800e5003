// The scan for processors with AVX-512 (BW): a comparison gives a mask of 64 bytes at once.
#include "scan.h"
#include "scan_masks.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

MILLRACE_FILTER_TARGET_BEGIN("avx2,bmi,bmi2,lzcnt,popcnt,pclmul,avx512f,avx512bw,avx512vl")

namespace {

inline std::uint64_t prefix_xor(std::uint64_t mask) {
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(mask)), _mm_set1_epi8(-1), 0)));
}

inline std::uint64_t equal(__m512i bytes, char wanted) {
  return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(wanted));
}

inline Masks classify(const char* block) {
  const __m512i bytes = _mm512_loadu_si512(block);
  const __m512i low = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));  // [ and { differ in this bit only, ] and } too
  const __m512i digit = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
  const std::uint64_t either_open = equal(low, '{');
  const std::uint64_t either_close = equal(low, '}');
  const std::uint64_t has_bit = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20));
  const std::uint64_t control = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
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
          _mm512_cmplt_epu8_mask(digit, _mm512_set1_epi8(10)),
          equal(bytes, '0'),
          _mm512_movepi8_mask(bytes)};
}

inline NumberMasks classify_number(const char* block) {
  const __m512i bytes = _mm512_loadu_si512(block);
  return {equal(bytes, '.'), equal(_mm512_or_si512(bytes, _mm512_set1_epi8(0x20)), 'e'), equal(bytes, '+'),
          equal(bytes, '-')};
}

#include "scan_kernel.h"

}  // namespace

Scan scan_avx512(const char* text, std::size_t size, Block* blocks, std::vector<std::uint64_t>& deep) {
  return scan(text, size, blocks, deep);
}

MILLRACE_FILTER_TARGET_END

bool has_avx512() noexcept {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("pclmul");
}

#else

Scan scan_avx512(const char* text, std::size_t size, Block* blocks, std::vector<std::uint64_t>& deep) {
  return scan_portable(text, size, blocks, deep);
}
bool has_avx512() noexcept {
  return false;
}

#endif

}  // namespace millrace::filter::kernels
