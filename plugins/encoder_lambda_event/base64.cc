// Base64 kernels: AVX-512 VBMI, AVX2 and plain C++, each compiled for its own instruction set by a target attribute, so
// that the file needs no -march and the binary runs on every x86-64 (and, with the plain kernel, elsewhere).
#include "base64.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define MR_BASE64_X86 1
#endif

namespace millrace::lambda_event {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Twelve bits at a time: entry i holds the two characters of i.
constexpr auto kPairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return pairs;
}();

void encode_plain(const std::uint8_t* in, std::size_t size, char* out) {
  for (; size >= 3; size -= 3, in += 3, out += 4) {
    const std::uint32_t bits = std::uint32_t{in[0]} << 16 | std::uint32_t{in[1]} << 8 | in[2];
    std::memcpy(out, kPairs[bits >> 12].data(), 2);
    std::memcpy(out + 2, kPairs[bits & 4095].data(), 2);
  }
  if (size == 0) return;
  const std::uint32_t bits = std::uint32_t{in[0]} << 16 | (size == 2 ? std::uint32_t{in[1]} << 8 : 0u);
  out[0] = kAlphabet[bits >> 18];
  out[1] = kAlphabet[bits >> 12 & 63];
  out[2] = size == 2 ? kAlphabet[bits >> 6 & 63] : '=';
  out[3] = '=';
}

#ifdef MR_BASE64_X86

// 24 bytes become 32 characters. Each 128-bit half takes 12 bytes; every group of three bytes a b c is laid out as
// b a c b, so that one 32-bit element holds all four 6-bit fields, and two multiplications move them to byte borders.
__attribute__((target("avx2"))) void encode_avx2(const std::uint8_t* in, std::size_t size, char* out) {
  const __m256i spread = _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  // What to add to a 6-bit value to get its character, by range: A-Z, a-z, ten times 0-9, +, /.
  const __m256i offsets = _mm256_broadcastsi128_si256(_mm_setr_epi8('A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52,
                                                                    '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                                                    '0' - 52, '0' - 52, '+' - 62, '/' - 63, 0, 0));
  // The second half's load ends at byte 28, so four bytes beyond the 24 have to be the input's own.
  for (; size >= 28; size -= 24, in += 24, out += 32) {
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 12));
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1), spread);
    const __m256i odd =
        _mm256_mulhi_epu16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
    const __m256i even =
        _mm256_mullo_epi16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
    const __m256i fields = _mm256_or_si256(odd, even);
    // Range number: 0 for A-Z, 1 for a-z, 2-11 for digits, 12 for +, 13 for /.
    const __m256i range = _mm256_sub_epi8(_mm256_subs_epu8(fields, _mm256_set1_epi8(51)),
                                          _mm256_cmpgt_epi8(fields, _mm256_set1_epi8(25)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_add_epi8(fields, _mm256_shuffle_epi8(offsets, range)));
  }
  // The compiler forgets it before this call, and each SSE instruction after it would then pay for the upper halves.
  _mm256_zeroupper();
  encode_plain(in, size, out);
}

// 48 bytes become 64 characters: spread as above, cut out the fields with one multishift, look all of them up in one
// 64-byte table. Masks make the rest of a record as cheap as its bulk.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) void encode_avx512(const std::uint8_t* in, std::size_t size,
                                                                          char* out) {
  alignas(64) static constexpr auto kSpread = [] {
    std::array<std::uint8_t, 64> spread{};
    for (std::size_t i = 0; i < 16; ++i) {
      spread[4 * i] = static_cast<std::uint8_t>(3 * i + 1);
      spread[4 * i + 1] = static_cast<std::uint8_t>(3 * i);
      spread[4 * i + 2] = static_cast<std::uint8_t>(3 * i + 2);
      spread[4 * i + 3] = static_cast<std::uint8_t>(3 * i + 1);
    }
    return spread;
  }();
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  const __m512i spread = _mm512_load_si512(kSpread.data());
  const __m512i alphabet = _mm512_loadu_si512(kAlphabet);
  const __m512i shifts = _mm512_set1_epi64(0x3036242a1016040aLL);  // from the lowest byte: 10 4 22 16 42 36 54 48
  // The zeroing forms with a full mask are the plain instructions; the unmasked intrinsics of GCC 12 warn.
  const auto characters_of = [&](__m512i bytes) __attribute__((target("avx512f,avx512bw,avx512vbmi"))) {
    const __m512i groups = _mm512_maskz_permutexvar_epi8(kAll, spread, bytes);
    return _mm512_maskz_permutexvar_epi8(kAll, _mm512_maskz_multishift_epi64_epi8(kAll, shifts, groups), alphabet);
  };
  for (; size >= 64; size -= 48, in += 48, out += 64) _mm512_storeu_si512(out, characters_of(_mm512_loadu_si512(in)));
  while (size != 0) {
    const std::size_t take = size < 48 ? size : 48;
    const std::size_t characters = (take * 8 + 5) / 6;
    const __m512i bytes = _mm512_maskz_loadu_epi8(kAll >> (64 - take), in);
    _mm512_mask_storeu_epi8(out, kAll >> (64 - characters), characters_of(bytes));
    out += characters;
    in += take;
    size -= take;
    if (size == 0) {
      for (std::size_t i = characters; i % 4 != 0; ++i) *out++ = '=';
    }
  }
}

#endif

}  // namespace

std::span<const Base64Kernel> base64_kernels() {
#ifdef MR_BASE64_X86
  static const Base64Kernel kernels[] = {
      {"avx512vbmi", encode_avx512,
       __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi")},
      {"avx2", encode_avx2, __builtin_cpu_supports("avx2") != 0},
      {"plain", encode_plain, true}};
#else
  static const Base64Kernel kernels[] = {{"plain", encode_plain, true}};
#endif
  return kernels;
}

Base64Encode best_base64() {
  for (const Base64Kernel& kernel : base64_kernels()) {
    if (kernel.runs_here) return kernel.encode;
  }
  return encode_plain;
}

}  // namespace millrace::lambda_event
