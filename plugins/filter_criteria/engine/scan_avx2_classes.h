// What the bytes of a chunk are: masks of 256 bits from 256 bytes. Included inside the namespace of scan_avx2.cc,
// behind scan_avx2_masks.h.

struct Classes {
  Bits quote, backslash, control, foreign;
  Bits start;  // a wanted name may begin so
  Bits space, open, close, curly, comma, colon;
  Bits digit, zero, dot, minus;
  Bits token;         // white space, brackets, commas, colons
  const char* block;  // the bytes, for what few chunks are asked
};

struct Tables {
  const __m128i* nibbles;  // see NameStarts
};
inline Tables tables_for(const NameStarts& starts) {
  return {reinterpret_cast<const __m128i*>(starts.nibbles())};
}

// Turns eight by eight bits by a quarter: bit j of the bytes of rows[i] goes to bit i of the bytes of rows[j].
[[gnu::always_inline]] inline void turn_bits(Bits (&rows)[8]) {
#pragma GCC unroll 3
  for (int shift = 4; shift > 0; shift /= 2) {
    const Bits lower = _mm256_set1_epi8(static_cast<char>(shift == 4 ? 0x0F : shift == 2 ? 0x33 : 0x55));
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      if ((i & shift) != 0) continue;
      const Bits swapped = (_mm256_srli_epi16(rows[i], shift) ^ rows[i + shift]) & lower;
      rows[i + shift] = rows[i + shift] ^ swapped;
      rows[i] = rows[i] ^ _mm256_slli_epi16(swapped, shift);
    }
  }
}

// Turns eight by eight words of 16 bits by a quarter, in each half on its own.
[[gnu::always_inline]] inline void turn_words(Bits (&rows)[8]) {
  Bits pairs[8], fours[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    pairs[i] = _mm256_unpacklo_epi16(rows[2 * i], rows[2 * i + 1]);      // words 0 to 3 of two rows
    pairs[i + 4] = _mm256_unpackhi_epi16(rows[2 * i], rows[2 * i + 1]);  // words 4 to 7
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {  // of rows 0 to 3, then of rows 4 to 7
    fours[2 * i] = _mm256_unpacklo_epi32(pairs[2 * i], pairs[2 * i + 1]);
    fours[2 * i + 1] = _mm256_unpackhi_epi32(pairs[2 * i], pairs[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {  // words 0 to 3, then 4 to 7
    rows[4 * i] = _mm256_unpacklo_epi64(fours[4 * i], fours[4 * i + 2]);
    rows[4 * i + 1] = _mm256_unpackhi_epi64(fours[4 * i], fours[4 * i + 2]);
    rows[4 * i + 2] = _mm256_unpacklo_epi64(fours[4 * i + 1], fours[4 * i + 3]);
    rows[4 * i + 3] = _mm256_unpackhi_epi64(fours[4 * i + 1], fours[4 * i + 3]);
  }
}

// The bits of 256 bytes, a mask for each place, and where a name may begin so.
[[gnu::always_inline]] inline void turn(const Tables& tables, const char* block, Bits (&rows)[8], Bits& start) {
  const Bits apart = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    const Bits both = _mm256_loadu2_m128i(reinterpret_cast<const __m128i_u*>(block + 128 + 16 * i),
                                          reinterpret_cast<const __m128i_u*>(block + 16 * i));
    rows[i] = _mm256_shuffle_epi8(both, apart);
  }
  turn_words(rows);  // the i-th has the bytes i, i + 8, i + 16 and so on, which are the i-th bits in bytes of a mask
  Bits capital = none(), small = none();  // small: with 0x20, which is rows[5] when they are turned
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    capital |= _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_load_si128(tables.nibbles + i)), rows[i]);
    small |= _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_load_si128(tables.nibbles + 8 + i)), rows[i]);
  }
  turn_bits(rows);
  start = (capital & ~rows[5]) | (small & rows[5]);
}

[[gnu::always_inline]] inline Classes classify(const Tables& tables, const char* block) {
  Classes c;
  Bits bits[8];
  turn(tables, block, bits, c.start);
  const auto& [b0, b1, b2, b3, b4, b5, b6, b7] = bits;
  c.block = block;
  // Rows of 16 in ASCII's table, and columns among them
  const Bits above = b7 | b6;
  const Bits row_2_3 = b5 & ~above;
  const Bits row_2 = row_2_3 & ~b4, row_3 = row_2_3 & b4;
  const Bits row_5_7 = b6 & b4 & ~b7;
  const Bits below_4_even = b3 | b2 | b0;  // clear in the columns 0 and 2
  const Bits last_4 = b3 & b2;             // C to F
  const Bits a_or_b = b3 & b1 & ~b2;
  const Bits column_c = last_4 & ~(b1 | b0), column_d = last_4 & b0 & ~b1;
  c.foreign = b7;
  c.control = ~(above | b5);
  c.quote = row_2 & b1 & ~below_4_even;
  c.space = row_2 & ~(b1 | below_4_even);
  c.zero = row_3 & ~(b1 | below_4_even);
  c.digit = row_3 & ~(b3 & (b2 | b1));
  c.comma = row_2 & column_c;
  c.backslash = row_5_7 & column_c & ~b5;
  c.minus = row_2 & column_d;
  c.close = row_5_7 & column_d;
  c.open = row_5_7 & a_or_b & b0;
  c.colon = row_3 & a_or_b & ~b0;
  c.dot = row_2 & last_4 & b1 & ~b0;
  c.curly = b5;
  if (__builtin_expect(any(c.control), 0))
    c.space = c.space | (c.control & ~b4 & ((b3 & ~b2 & (b1 ^ b0)) | column_d));  // 09, 0A and 0D
  c.token = c.space | c.open | c.close | c.comma | c.colon;
  return c;
}

// Copies the last bytes of a text of four bytes or more, and spaces behind them; reads nothing behind the text. Without
// branches: how many there are cannot be foreseen. Words of four bytes are taken whole, what is left from the last four
// bytes. out: aligned as a mask is.
[[gnu::always_inline]] inline void copy_end(const char* at, std::size_t left, char (&out)[kChunk]) {
  const std::size_t rest = left % 4;
  std::uint32_t last = 0;
  __builtin_memcpy(&last, at + left - 4, 4);
  const std::uint64_t spaces_behind = std::uint64_t{0x20202020} << 32 | last;
  const Bits ends = _mm256_set1_epi32(static_cast<int>(spaces_behind >> (8 * (4 - rest))));
  const Bits whole = _mm256_set1_epi32(static_cast<int>(left / 4)), spaces = _mm256_set1_epi8(' ');
  Bits index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kChunk; i += 32) {
    const Bits is_whole = _mm256_cmpgt_epi32(whole, index);
    const Bits bytes = _mm256_maskload_epi32(reinterpret_cast<const int*>(at + i), is_whole);
    const Bits behind = _mm256_blendv_epi8(spaces, ends, _mm256_cmpeq_epi32(whole, index));
    _mm256_store_si256(reinterpret_cast<Bits*>(out + i), _mm256_blendv_epi8(behind, bytes, is_whole));
    index = _mm256_add_epi32(index, _mm256_set1_epi32(8));
  }
}

// As many bytes as there are, with spaces behind them.
[[gnu::always_inline]] inline Classes classify(const Tables& tables, const char* at, std::size_t left,
                                               char (&tail)[kChunk]) {
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kChunk; i += 64) fetch_ahead_of(at + i);
  if (__builtin_expect(left >= kChunk, 1)) return classify(tables, at);
  copy_end(at, left, tail);
  return classify(tables, tail);
}

// Where a byte is the wanted one, with the bits of `or_with` set.
[[gnu::noinline]] inline Bits bytes_that_are(char wanted, const char* block, char or_with) {
  alignas(32) std::uint32_t found[8];
  for (int i = 0; i < 8; ++i) {
    const Bits bytes =
        _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(block + 32 * i)) | _mm256_set1_epi8(or_with);
    found[i] = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(wanted))));
  }
  return mask_of(found);
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
  return bytes_that_are('+', c.block, 0);
}
inline Bits exponents(const Classes& c) {
  return bytes_that_are('e', c.block, 0x20);
}
inline Bits rest_of_scalars(const Classes& c) {
  return ~(c.digit | c.dot | c.minus);
}
