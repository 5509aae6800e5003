// Whether what stands behind backslashes is an escape of JSON, 256 bytes at a time; json_scalar.h has the rule.
// Included inside the namespace of scan_avx2.cc, behind scan_avx2_masks.h.

// A byte has those bits that its lower four bits and its upper four bits have in common here.
enum : char {
  kQuoteOrSlash = 1,
  kBackslashItself = 2,
  kOfBFN = 4,
  kOfRTU = 8,
  kEscapes = 15,
  kDigits = 16,
  kLetters = 32,
  kHexDigits = 48
};

struct EscapeMasks {
  Bits escape, hex, u;
};

// Of 32 bytes: which have none of the wanted bits.
[[gnu::always_inline]] inline std::uint32_t without(Bits kinds, char wanted) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(kinds & _mm256_set1_epi8(wanted), none())));
}

[[gnu::always_inline]] inline EscapeMasks escape_masks(const char* block) {
  const Bits lower = _mm256_broadcastsi128_si256(_mm_setr_epi8(
      kDigits, kDigits | kLetters, kQuoteOrSlash | kOfBFN | kOfRTU | kDigits | kLetters, kDigits | kLetters,
      kOfRTU | kDigits | kLetters, kOfRTU | kDigits | kLetters, kOfBFN | kDigits | kLetters, kDigits, kDigits, kDigits,
      0, 0, kBackslashItself, 0, kOfBFN, kQuoteOrSlash));
  const Bits upper = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, kQuoteOrSlash, kDigits, kLetters, kBackslashItself,
                                                               kOfBFN | kLetters, kOfRTU, 0, 0, 0, 0, 0, 0, 0, 0));
  alignas(32) std::uint32_t no_escape[8], no_hex[8], u[8];
  for (int i = 0; i < 8; ++i) {
    const Bits bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(block + 32 * i));
    const Bits kinds = _mm256_shuffle_epi8(lower, bytes) &
                       _mm256_shuffle_epi8(upper, _mm256_srli_epi16(bytes, 4) & _mm256_set1_epi8(0x0F));
    no_escape[i] = without(kinds, kEscapes);
    no_hex[i] = without(kinds, kHexDigits);
    u[i] = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('u'))));
  }
  return {~mask_of(no_escape), ~mask_of(no_hex), mask_of(u)};
}

// Whether an escape begins at each of these bytes; see find_escaped() in scan_kernel.h.
[[gnu::noinline]] inline bool are_escapes(const char* text, std::size_t size, std::size_t base, Bits escaped) {
  constexpr std::size_t kDigitsOfU = 4, kSeen = kChunk + kDigitsOfU;
  char tail[kSeen];
  const char* block = text + base;
  if (size - base < kSeen) {
    __builtin_memset(tail, 0, kSeen);
    __builtin_memcpy(tail, block, size - base);
    block = tail;
  }
  const EscapeMasks here = escape_masks(block);
  Bits follows = here.hex, four = ones();  // a hex digit stands so far behind
  for (std::size_t i = 0; i < kDigitsOfU; ++i) {
    follows = shift_down(follows, is_hex_digit(block[kChunk + i]));
    four = four & follows;
  }
  return !any(escaped & ~(here.escape & ~(here.u & ~four)));
}
