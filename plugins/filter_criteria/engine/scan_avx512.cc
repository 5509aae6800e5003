// The scan for processors with AVX-512 (BW): a comparison gives a mask of 64 bytes at once.
#include "scan.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

MILLRACE_FILTER_TARGET_BEGIN("avx2,bmi,bmi2,lzcnt,popcnt,pclmul,avx512f,avx512bw,avx512vl")

namespace {

inline std::uint64_t prefix_xor(std::uint64_t mask) {
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(mask)), _mm_set1_epi8(-1), 0)));
}

inline __m512i repeated(unsigned char byte) {
  return _mm512_load_si512(kRepeated.row[byte]);
}

struct Classes {
  __m512i bytes;
};

inline Classes classify(const char* block) {
  return {_mm512_loadu_si512(block)};
}
inline std::uint64_t is(const Classes& classes, char wanted) {
  return _mm512_cmpeq_epi8_mask(classes.bytes, repeated(static_cast<unsigned char>(wanted)));
}
inline std::uint64_t is_letter(const Classes& classes, char wanted) {
  return _mm512_cmpeq_epi8_mask(_mm512_or_si512(classes.bytes, repeated(0x20)),
                                repeated(static_cast<unsigned char>(wanted)));
}
inline std::uint64_t is_curly(const Classes& classes) {
  return _mm512_test_epi8_mask(classes.bytes, repeated(0x20));
}
inline std::uint64_t is_control(const Classes& classes) {
  return _mm512_cmplt_epu8_mask(classes.bytes, repeated(0x20));
}
inline std::uint64_t is_digit(const Classes& classes) {
  return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(classes.bytes, repeated('0')), repeated(10));
}

struct NonAscii {
  __m512i seen;
  void add(const Classes& classes) { seen = _mm512_or_si512(seen, classes.bytes); }
  bool any() const { return _mm512_movepi8_mask(seen) != 0; }
};
inline NonAscii none_seen() {
  return {_mm512_setzero_si512()};
}

#include "scan_kernel.h"

}  // namespace

Scan scan_avx512(const char* text, std::size_t size, Block* blocks, bool full, std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, blocks, deep) : scan<false>(text, size, blocks, deep);
}

MILLRACE_FILTER_TARGET_END

bool has_avx512() noexcept {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("pclmul");
}

#else

Scan scan_avx512(const char* text, std::size_t size, Block* blocks, bool full, std::vector<std::uint64_t>& deep) {
  return scan_portable(text, size, blocks, full, deep);
}
bool has_avx512() noexcept {
  return false;
}

#endif

}  // namespace millrace::filter::kernels
