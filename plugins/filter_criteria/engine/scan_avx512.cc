// The scan for processors with AVX-512 as of Ice Lake and Zen 4: 512 bytes at a time.
//
// A look-up gives each byte a code whose bits are its classes; turning the codes of 512 bytes by a quarter makes masks
// of 512 bits, one a class, so that each rule of the grammar costs one instruction for 512 bytes.
#include "fetch_ahead.h"
#include "scan.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"  // said of gcc's own intrinsics, wrongly
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

MILLRACE_FILTER_TARGET_BEGIN(
    "avx2,bmi,bmi2,lzcnt,popcnt,pclmul,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,gfni,vpclmulqdq")

namespace {

using Bits = __m512i;
constexpr std::size_t kChunk = 512;
constexpr bool kClassifiesAhead = true;  // while the masks of the chunk before are still being made
constexpr int kLanes = 8;

#include "scan_codes.h"
// behind them
#include "scan_avx512_masks.h"
// behind it
#include "scan_avx512_escapes.h"

struct Indices {
  alignas(64) unsigned char of[64];
};
constexpr Indices make_gather() {  // byte 8 g + j to 8 j + g
  Indices gather{};
  for (int j = 0; j < 8; ++j)
    for (int g = 0; g < 8; ++g) gather.of[8 * j + g] = static_cast<unsigned char>(8 * g + j);
  return gather;
}
constexpr Indices kGather = make_gather();

const long long kIdentity = static_cast<long long>(0x8040201008040201);  // as a matrix of bits

struct Tables {
  Bits low, high;
};
inline Tables tables_for(const NameStarts& starts) {
  return {_mm512_load_si512(kCodes.of) | _mm512_load_si512(starts.marks()),
          _mm512_load_si512(kCodes.of + 64) | _mm512_load_si512(starts.marks() + 64)};
}

// The codes of 64 bytes, as eight masks of 64 bits; in each byte of a mask the bits stand in reverse.
[[gnu::always_inline]] inline Bits codes(const Tables& tables, Bits bytes) {
  const Bits found = _mm512_permutex2var_epi8(tables.low, bytes, tables.high);
  const Bits all = found | (bytes & _mm512_set1_epi8(static_cast<char>(kForeign)));
  const Bits turned = _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64(kIdentity), all, 0);
  return _mm512_permutexvar_epi8(_mm512_load_si512(kGather.of), turned);
}

[[gnu::always_inline]] inline Bits reverse_in_bytes(Bits mask) {
  return _mm512_gf2p8affine_epi64_epi8(mask, _mm512_set1_epi64(kIdentity), 0);
}

[[gnu::always_inline]] inline Classes turn(const Bits (&block)[kLanes]) {
  Bits even[4], odd[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    even[i] = _mm512_unpacklo_epi64(block[2 * i], block[2 * i + 1]);
    odd[i] = _mm512_unpackhi_epi64(block[2 * i], block[2 * i + 1]);
  }
  Bits mask[kLanes];
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const Bits* const some = i == 0 ? even : odd;
    const Bits low_a = _mm512_shuffle_i64x2(some[0], some[1], 0x88),
               high_a = _mm512_shuffle_i64x2(some[0], some[1], 0xDD);
    const Bits low_b = _mm512_shuffle_i64x2(some[2], some[3], 0x88),
               high_b = _mm512_shuffle_i64x2(some[2], some[3], 0xDD);
    mask[i] = reverse_in_bytes(_mm512_shuffle_i64x2(low_a, low_b, 0x88));
    mask[i + 2] = reverse_in_bytes(_mm512_shuffle_i64x2(high_a, high_b, 0x88));
    mask[i + 4] = reverse_in_bytes(_mm512_shuffle_i64x2(low_a, low_b, 0xDD));
    mask[i + 6] = reverse_in_bytes(_mm512_shuffle_i64x2(high_a, high_b, 0xDD));
  }
  return {mask[0], mask[1], mask[2], mask[3], mask[4], mask[5], mask[6], mask[7]};
}

[[gnu::always_inline]] inline Classes classify(const Tables& tables, const char* at, std::size_t left,
                                               const char (&)[kChunk]) {
  Bits block[kLanes];
  if (left >= kChunk) {
#pragma GCC unroll 8
    for (int i = 0; i < kLanes; ++i) {
      fetch_ahead_of(at + 64 * i);
      block[i] = codes(tables, _mm512_loadu_si512(at + 64 * i));
    }
  } else {
    const Bits spaces = _mm512_set1_epi8(' ');
    const Lanes text(up_to(left));
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLanes; ++i) {
      fetch_ahead_of(at + (64 * i < left ? 64 * i : left));
      block[i] = codes(tables, _mm512_mask_loadu_epi8(spaces, text.of[i], at + 64 * i));
    }
  }
  const Classes c = turn(block);
  if (!any(c.foreign)) return c;
  const Bits known = ~c.foreign;  // the look-up took no notice of their highest bit
  return {c.quote & known, c.backslash & known, c.token & known,   c.curly & known,
          c.open & known,  c.bracket & known,   c.control & known, c.foreign};
}

#include "scan_brackets.h"
// behind it
#include "scan_packed_nesting.h"
// behind all of them
#include "scan_kernel.h"

}  // namespace

Scan scan_avx512(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
                 std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, starts, blocks, deep) : scan<false>(text, size, starts, blocks, deep);
}

MILLRACE_FILTER_TARGET_END

bool has_avx512() noexcept {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("gfni") &&
         __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
}

#else

Scan scan_avx512(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
                 std::vector<std::uint64_t>& deep) {
  return scan_portable(text, size, starts, blocks, full, deep);
}
bool has_avx512() noexcept {
  return false;
}

#endif

}  // namespace millrace::filter::kernels
