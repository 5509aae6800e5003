// Masks of 512 bits: eight lanes of 64, the first byte of the text the lowest bit of the first lane. Included inside
// the namespace of scan_avx512.cc; what is here stands in scan_avx2_masks.h and scan_words.h for the other kernels.

[[gnu::always_inline]] inline Bits none() {
  return _mm512_setzero_si512();
}
[[gnu::always_inline]] inline Bits ones() {
  return _mm512_set1_epi64(-1);
}
[[gnu::always_inline]] inline Bits first_bit() {
  return _mm512_zextsi128_si512(_mm_cvtsi32_si128(1));
}
[[gnu::always_inline]] inline Bits last_bit() {
  return _mm512_maskz_set1_epi64(1 << (kLanes - 1), static_cast<long long>(std::uint64_t{1} << 63));
}
[[gnu::always_inline]] inline Bits even_bits() {
  return _mm512_set1_epi64(0x5555555555555555);
}
[[gnu::always_inline]] inline Bits all_or_none(bool all) {
  return _mm512_set1_epi64(all ? -1 : 0);
}
[[gnu::always_inline]] inline Bits up_to(std::size_t at) {  // the bits below `at`, which is less than kChunk
  alignas(64) static constexpr std::uint64_t kWhole[2 * kLanes] = {
      ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0},
      ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}};
  const std::size_t lane = at / 64;
  return _mm512_mask_set1_epi64(_mm512_loadu_si512(kWhole + kLanes - lane), static_cast<__mmask8>(1u << lane),
                                static_cast<long long>(_bzhi_u64(~std::uint64_t{0}, at % 64)));
}
[[gnu::always_inline]] inline Bits from(std::size_t at) {  // the bits from `at` on
  return at >= kChunk ? none() : ~up_to(at);
}

[[gnu::always_inline]] inline bool any(Bits mask) {
  return _mm512_test_epi64_mask(mask, mask) != 0;
}

// The lanes of a mask, without a way through memory, which would take longer.
struct Lanes {
  std::uint64_t of[kLanes];

  [[gnu::always_inline]] explicit Lanes(Bits mask) {
    const __m128i pairs[] = {_mm512_castsi512_si128(mask), _mm512_extracti64x2_epi64(mask, 1),
                             _mm512_extracti64x2_epi64(mask, 2), _mm512_extracti64x2_epi64(mask, 3)};
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      of[2 * i] = static_cast<std::uint64_t>(_mm_cvtsi128_si64(pairs[i]));
      of[2 * i + 1] = static_cast<std::uint64_t>(_mm_extract_epi64(pairs[i], 1));
    }
  }
};

template <class Visit>
[[gnu::always_inline]] inline void for_each(Bits mask, const Visit& visit) {
  alignas(64) std::uint64_t lanes[kLanes];
  _mm512_store_si512(lanes, mask);
  for (unsigned some = _mm512_test_epi64_mask(mask, mask); some != 0; some &= some - 1) {
    const auto i = static_cast<std::size_t>(__builtin_ctz(some));
    for (std::uint64_t left = lanes[i]; left != 0; left &= left - 1)
      visit(i * 64 + static_cast<std::size_t>(__builtin_ctzll(left)));
  }
}

// Moves bits up by one byte; the last one of the chunk goes to the next chunk.
[[gnu::always_inline]] inline Bits shift_in(Bits mask, Bits& carry) {
  const Bits below = _mm512_alignr_epi64(mask, carry, kLanes - 1);
  carry = mask;
  return _mm512_shldi_epi64(mask, below, 1);
}

// Moves bits down by one byte; `next` comes from the next chunk.
[[gnu::always_inline]] inline Bits shift_down(Bits mask, bool next) {
  const Bits above = _mm512_alignr_epi64(_mm512_zextsi128_si512(_mm_cvtsi32_si128(next)), mask, 1);
  return _mm512_shrdi_epi64(mask, above, 1);
}

// A carry out of a lane goes to the next one, and on through lanes of all ones: an addition of eight bits.
[[gnu::always_inline]] inline Bits add(Bits a, Bits b, bool& carry) {
  const Bits sum = _mm512_add_epi64(a, b);
  const unsigned over = static_cast<unsigned>(_mm512_cmplt_epu64_mask(sum, a)) << 1 | (carry ? 1u : 0u);
  const unsigned full = _mm512_cmpeq_epi64_mask(sum, ones());
  const unsigned carried = (over + full) ^ full;
  carry = carried >> kLanes != 0;
  return _mm512_mask_sub_epi64(sum, static_cast<__mmask8>(carried), sum, ones());
}

// All ones where an odd number of bits of mask is at or below; carry: whether it was odd before the chunk.
[[gnu::always_inline]] inline Bits parity(Bits mask, bool& carry) {
  const Bits even_lanes = _mm512_clmulepi64_epi128(mask, ones(), 0x00);
  const Bits odd_lanes = _mm512_clmulepi64_epi128(mask, ones(), 0x01);
  const Bits odd = _mm512_unpacklo_epi64(even_lanes, odd_lanes);
  unsigned flips = _mm512_movepi64_mask(odd);
  flips ^= flips << 1;
  flips ^= flips << 2;
  flips ^= flips << 4;
  flips = (flips << 1) ^ (carry ? 0x1FFu : 0u);
  carry = (flips >> kLanes & 1) != 0;
  return _mm512_mask_xor_epi64(odd, static_cast<__mmask8>(flips), odd, ones());
}

[[gnu::always_inline]] inline void store(std::vector<std::uint64_t>& out, std::size_t block, Bits mask) {
  _mm512_storeu_si512(out.data() + block, mask);
}

[[gnu::always_inline]] inline void note_marks(Blocks& blocks, std::size_t block, Bits marks, Bits names) {
  const unsigned char filled = _mm512_test_epi64_mask(marks, marks);
  __builtin_memcpy(reinterpret_cast<unsigned char*>(blocks.filled.data()) + block / kLanes, &filled, 1);
  const unsigned lanes = _mm512_test_epi64_mask(names, names);
  if (lanes != 0) blocks.last_name = block + (31 - static_cast<unsigned>(__builtin_clz(lanes)));
}
