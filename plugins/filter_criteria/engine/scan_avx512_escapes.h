// Whether what stands behind backslashes is an escape of JSON, 64 bytes at a time; json_scalar.h has the rule. Included
// inside the namespace of scan_avx512.cc, behind scan_avx512_masks.h.

enum : unsigned char { kEscape = 1, kHexDigit = 2 };

struct EscapeCodes {
  alignas(64) unsigned char of[128];
};
constexpr EscapeCodes make_escape_codes() {
  EscapeCodes codes{};
  for (const char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't', 'u'}) codes.of[static_cast<int>(c)] |= kEscape;
  for (char c = '0'; c <= '9'; ++c) codes.of[static_cast<int>(c)] |= kHexDigit;
  for (char c = 'a'; c <= 'f'; ++c) codes.of[static_cast<int>(c)] |= kHexDigit;
  for (char c = 'A'; c <= 'F'; ++c) codes.of[static_cast<int>(c)] |= kHexDigit;
  return codes;
}
constexpr EscapeCodes kEscapeCodes = make_escape_codes();

struct EscapeMasks {
  std::uint64_t escape = 0, hex = 0, u = 0;
};

// Of 64 bytes; those behind the end of the text are nothing.
inline EscapeMasks escape_masks(const char* text, std::size_t size, std::size_t at) {
  if (at >= size) return {};
  const std::uint64_t there = size - at >= 64 ? ~std::uint64_t{0} : _bzhi_u64(~std::uint64_t{0}, size - at);
  const Bits bytes = _mm512_maskz_loadu_epi8(there, text + at);
  const Bits codes =
      _mm512_permutex2var_epi8(_mm512_load_si512(kEscapeCodes.of), bytes, _mm512_load_si512(kEscapeCodes.of + 64));
  const std::uint64_t ascii = there & ~_mm512_movepi8_mask(bytes);  // the look-up takes no notice of the highest bit
  EscapeMasks masks;
  masks.escape = ascii & _mm512_test_epi8_mask(codes, _mm512_set1_epi8(kEscape));
  masks.hex = ascii & _mm512_test_epi8_mask(codes, _mm512_set1_epi8(kHexDigit));
  masks.u = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('u'));
  return masks;
}

// Whether an escape begins at each of these bytes; see find_escaped() in scan_kernel.h.
[[gnu::noinline]] inline bool are_escapes(const char* text, std::size_t size, std::size_t base, Bits escaped) {
  alignas(64) std::uint64_t lanes[kLanes];
  _mm512_store_si512(lanes, escaped);
  for (unsigned some = _mm512_test_epi64_mask(escaped, escaped); some != 0; some &= some - 1) {
    const auto i = static_cast<std::size_t>(__builtin_ctz(some));
    const EscapeMasks here = escape_masks(text, size, base + 64 * i);
    if ((lanes[i] & ~here.escape) != 0) return false;
    const std::uint64_t u = lanes[i] & here.u;
    if (u == 0) continue;
    const std::uint64_t next = escape_masks(text, size, base + 64 * i + 64).hex;
    std::uint64_t four = here.hex >> 1 | next << 63;  // a hex digit follows, and so do
    for (int digit = 2; digit <= 4; ++digit) four &= here.hex >> digit | next << (64 - digit);
    if ((u & ~four) != 0) return false;
  }
  return true;
}
