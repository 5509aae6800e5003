// The scan for processors with AVX2: masks of 64 bytes from two halves.
#include "fetch_ahead.h"
#include "json_scalar.h"
#include "scan.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

MILLRACE_FILTER_TARGET_BEGIN("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")

namespace {

using Bits = std::uint64_t;

#include "scan_clmul.h"

struct Bytes {
  __m256i low, high;
};

inline Bits mask_of(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         Bits{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}
inline Bits is(const Bytes& bytes, char wanted) {
  const __m256i all = _mm256_set1_epi8(wanted);
  return mask_of(_mm256_cmpeq_epi8(bytes.low, all), _mm256_cmpeq_epi8(bytes.high, all));
}
inline Bytes with(const Bytes& bytes, char bits) {  // these bits set
  const __m256i all = _mm256_set1_epi8(bits);
  return {_mm256_or_si256(bytes.low, all), _mm256_or_si256(bytes.high, all)};
}
inline Bits at_most(const Bytes& bytes, char most) {  // unsigned
  const __m256i all = _mm256_set1_epi8(most);
  return mask_of(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes.low, all), bytes.low),
                 _mm256_cmpeq_epi8(_mm256_min_epu8(bytes.high, all), bytes.high));
}

// What nearly every block is asked for, and the bytes for what few are asked for.
struct Classes {
  Bits quote, backslash, control, foreign;
  Bits start;  // a wanted name may begin so
  Bits space, open, close, curly, comma, colon;
  Bits digit, zero, dot, minus;
  Bits token;  // white space, brackets, commas, colons
  Bytes bytes;
};

using Tables = __m256i;
inline Tables tables_for(const NameStarts& starts) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(starts.nibbles())));
}

// Bytes that are none of those in the table of NameStarts.
[[gnu::always_inline]] inline __m256i begin_no_name(__m256i nibbles, __m256i bytes) {
  const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
  const __m256i bits = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, static_cast<char>(128), 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i found = _mm256_and_si256(_mm256_shuffle_epi8(nibbles, bytes), _mm256_shuffle_epi8(bits, upper));
  return _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
}

[[gnu::always_inline]] inline Classes classify(const Tables& nibbles, const char* block) {
  const Bytes bytes{_mm256_loadu_si256(reinterpret_cast<const __m256i*>(block)),
                    _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32))};
  const Bytes letters = with(bytes, 0x20);  // makes { and [ one, and } and ]
  const __m256i nought = _mm256_set1_epi8('0');
  Classes c{.quote = is(bytes, '"'),
            .backslash = is(bytes, '\\'),
            .control = at_most(bytes, 0x1F),
            .foreign = mask_of(bytes.low, bytes.high),
            .start = ~mask_of(begin_no_name(nibbles, bytes.low), begin_no_name(nibbles, bytes.high)),
            .space = is(bytes, ' '),
            .open = is(letters, '{'),
            .close = is(letters, '}'),
            .curly = mask_of(_mm256_slli_epi16(bytes.low, 2), _mm256_slli_epi16(bytes.high, 2)),  // bit 0x20
            .comma = is(bytes, ','),
            .colon = is(bytes, ':'),
            .digit = at_most({_mm256_sub_epi8(bytes.low, nought), _mm256_sub_epi8(bytes.high, nought)}, 9),
            .zero = is(bytes, '0'),
            .dot = is(bytes, '.'),
            .minus = is(bytes, '-'),
            .token = 0,
            .bytes = bytes};
  if (__builtin_expect(c.control != 0, 0)) c.space |= is(bytes, '\n') | is(bytes, '\t') | is(bytes, '\r');
  c.token = c.space | c.open | c.close | c.comma | c.colon;
  return c;
}

inline Bits name_starts(const Classes& c) {
  return c.start;
}
inline Bits whites(const Classes& c, Bits token) {
  return c.space & token;
}
inline Bits opening(const Classes& c, Bits token) {
  return c.open & token;
}
inline Bits closing(const Classes& c, Bits token) {
  return c.close & token;
}
inline Bits commas(const Classes& c, Bits token) {
  return c.comma & token;
}
inline Bits colons(const Classes& c, Bits token) {
  return c.colon & token;
}
inline Bits digits(const Classes& c) {
  return c.digit;
}
inline Bits zeros(const Classes& c) {
  return c.zero;
}
inline Bits dots(const Classes& c) {
  return c.dot;
}
inline Bits minuses(const Classes& c) {
  return c.minus;
}
inline Bits pluses(const Classes& c) {
  return is(c.bytes, '+');
}
inline Bits exponents(const Classes& c) {
  return is(with(c.bytes, 0x20), 'e');
}
inline Bits rest_of_scalars(const Classes& c) {
  return ~(c.digit | c.dot | c.minus);
}

#include "scan_brackets.h"
// behind them
#include "scan_words.h"
// behind it
#include "scan_kernel.h"

}  // namespace

Scan scan_avx2(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks, bool full,
               std::vector<std::uint64_t>& deep) {
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
