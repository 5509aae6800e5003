// The kernel of scan_avx512.cc on a processor without AVX-512: its source over SIMDe, which computes in plain code what
// the instructions do. Every machine can test it so, slowly.
//
// A program that has this object takes has_avx512() and scan_avx512() from it, and not from the engine's library, so
// that the engine chooses the emulated kernel by itself. A few functions that this SIMDe lacks are written out below,
// by Intel's description of them. Used by the test filter_avx512.
#include "scan.h"
#include "target.h"

#if MILLRACE_FILTER_X86

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/clmul.h>
#include <simde/x86/gfni.h>

#include <array>
#include <bit>

namespace {

using Mask = simde__m512i;
using Words = std::array<std::uint64_t, 8>;
using Bytes = std::array<unsigned char, 64>;
struct Quarters {
  __m128i of[4];
};

Mask widened(__m128i low) {
  return simde_mm512_set_epi64(0, 0, 0, 0, 0, 0, _mm_cvtsi128_si64(_mm_unpackhi_epi64(low, low)),
                               _mm_cvtsi128_si64(low));
}

__m128i quarter(Mask a, int index) {
  return std::bit_cast<Quarters>(a).of[index];
}

template <class Make>
Mask by_word(const Make& make) {
  Words made;
  for (unsigned i = 0; i < 8; ++i) made[i] = make(i);
  return std::bit_cast<Mask>(made);
}

Mask joined(Mask high, Mask low, unsigned words) {
  const auto h = std::bit_cast<Words>(high), l = std::bit_cast<Words>(low);
  return by_word([&](unsigned i) { return i + words < 8 ? l[i + words] : h[i + words - 8]; });
}

Mask moved_up(Mask a, Mask b, int bits) {
  const auto high = std::bit_cast<Words>(a), low = std::bit_cast<Words>(b);
  return by_word([&](unsigned i) { return high[i] << bits | low[i] >> (64 - bits); });
}

Mask moved_down(Mask a, Mask b, int bits) {
  const auto low = std::bit_cast<Words>(a), high = std::bit_cast<Words>(b);
  return by_word([&](unsigned i) { return low[i] >> bits | high[i] << (64 - bits); });
}

simde__mmask8 are_less(Mask a, Mask b) {
  const auto x = std::bit_cast<Words>(a), y = std::bit_cast<Words>(b);
  unsigned less = 0;
  for (unsigned i = 0; i < 8; ++i) less |= (x[i] < y[i] ? 1u : 0u) << i;
  return static_cast<simde__mmask8>(less);
}

Mask quarters(Mask a, Mask b, int choice) {
  const auto x = std::bit_cast<Words>(a), y = std::bit_cast<Words>(b);
  return by_word([&](unsigned i) { return (i < 4 ? x : y)[(choice >> (i / 2 * 2) & 3) * 2 + i % 2]; });
}

Mask loaded(Mask otherwise, simde__mmask64 wanted, const void* at) {
  auto bytes = std::bit_cast<Bytes>(otherwise);
  for (unsigned i = 0; i < 64; ++i)
    if ((wanted >> i & 1) != 0) bytes[i] = static_cast<const unsigned char*>(at)[i];
  return std::bit_cast<Mask>(bytes);
}

Mask loaded_or_zero(simde__mmask64 wanted, const void* at) {
  return loaded(std::bit_cast<Mask>(Words{}), wanted, at);
}

}  // namespace

#undef _mm512_zextsi128_si512
#undef _mm512_extracti64x2_epi64
#undef _mm512_alignr_epi64
#undef _mm512_shldi_epi64
#undef _mm512_shrdi_epi64
#undef _mm512_cmplt_epu64_mask
#undef _mm512_shuffle_i64x2
#undef _mm512_mask_loadu_epi8
#undef _mm512_maskz_loadu_epi8
#define _mm512_zextsi128_si512 widened
#define _mm512_extracti64x2_epi64 quarter
#define _mm512_alignr_epi64 joined
#define _mm512_shldi_epi64 moved_up
#define _mm512_shrdi_epi64 moved_down
#define _mm512_cmplt_epu64_mask are_less
#define _mm512_shuffle_i64x2 quarters
#define _mm512_mask_loadu_epi8 loaded
#define _mm512_maskz_loadu_epi8 loaded_or_zero

#undef MILLRACE_FILTER_TARGET_BEGIN
#define MILLRACE_FILTER_TARGET_BEGIN(features) \
  MILLRACE_FILTER_PRAGMA(GCC push_options) MILLRACE_FILTER_PRAGMA(GCC target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul"))

#define has_avx512 has_avx512_itself
#include "scan_avx512.cc"
#undef has_avx512

bool millrace::filter::kernels::has_avx512() noexcept {
  return has_avx2();  // what is not emulated
}

#endif
