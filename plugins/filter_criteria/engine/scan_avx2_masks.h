// Masks of 256 bits: four lanes of 64, the first byte of the text the lowest bit of the first lane. Included inside the
// namespace of scan_avx2.cc; what is here stands in scan_words.h and scan_avx512_masks.h for the other kernels.

[[gnu::always_inline]] inline Bits none() {
  return _mm256_setzero_si256();
}
[[gnu::always_inline]] inline Bits ones() {
  return _mm256_set1_epi64x(-1);
}
[[gnu::always_inline]] inline Bits first_bit() {
  return _mm256_setr_epi64x(1, 0, 0, 0);
}
[[gnu::always_inline]] inline Bits last_bit() {
  return _mm256_setr_epi64x(0, 0, 0, static_cast<long long>(std::uint64_t{1} << 63));
}
[[gnu::always_inline]] inline Bits even_bits() {
  return _mm256_set1_epi64x(0x5555555555555555);
}
[[gnu::always_inline]] inline Bits all_or_none(bool all) {
  return _mm256_set1_epi64x(all ? -1 : 0);
}
[[gnu::always_inline]] inline Bits from(std::size_t at) {  // the bits from `at` on
  if (at >= kChunk) return none();
  const Bits below =
      _mm256_sub_epi64(_mm256_set1_epi64x(static_cast<long long>(at)), _mm256_setr_epi64x(0, 64, 128, 192));
  return _mm256_sllv_epi64(ones(), _mm256_max_epi32(below, none()));  // of a lane, and none of all 64 or more
}

[[gnu::always_inline]] inline bool any(Bits mask) {
  return _mm256_testz_si256(mask, mask) == 0;
}

// A mask of eight times 32 bits; the array has to be aligned.
[[gnu::always_inline]] inline Bits mask_of(const std::uint32_t (&parts)[8]) {
  return _mm256_load_si256(reinterpret_cast<const Bits*>(parts));
}

struct Lanes {
  alignas(32) std::uint64_t of[kLanes];

  [[gnu::always_inline]] explicit Lanes(Bits mask) { _mm256_store_si256(reinterpret_cast<Bits*>(of), mask); }
};

// The lanes that are not empty, a bit for each.
[[gnu::always_inline]] inline unsigned filled_lanes(Bits mask) {
  return 15 ^ static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(mask, none()))));
}

template <class Visit>
[[gnu::always_inline]] inline void for_each(Bits mask, const Visit& visit) {
  const Lanes lanes(mask);
  for (std::size_t i = 0; i < kLanes; ++i)
    for (std::uint64_t left = lanes.of[i]; left != 0; left &= left - 1)
      visit(i * 64 + static_cast<std::size_t>(__builtin_ctzll(left)));
}

// Moves bits up by one byte; the last one of the chunk goes to the next chunk.
[[gnu::always_inline]] inline Bits shift_in(Bits mask, Bits& carry) {
  const Bits below = _mm256_alignr_epi8(mask, _mm256_permute2x128_si256(carry, mask, 0x21), 8);
  carry = mask;
  return _mm256_slli_epi64(mask, 1) | _mm256_srli_epi64(below, 63);
}

// Moves bits down by one byte; `next` comes from the next chunk.
[[gnu::always_inline]] inline Bits shift_down(Bits mask, bool next) {
  const Bits behind = _mm256_zextsi128_si256(_mm_cvtsi32_si128(next));
  const Bits above = _mm256_alignr_epi8(_mm256_permute2x128_si256(mask, behind, 0x21), mask, 8);
  return _mm256_srli_epi64(mask, 1) | _mm256_slli_epi64(above, 63);
}

// By the bits of four lanes: all ones in those.
struct LaneMasks {
  alignas(32) std::uint64_t of[16][4];
};
constexpr LaneMasks make_lane_masks() {
  LaneMasks masks{};
  for (unsigned i = 0; i < 16; ++i)
    for (unsigned lane = 0; lane < 4; ++lane) masks.of[i][lane] = (i >> lane & 1) != 0 ? ~std::uint64_t{0} : 0;
  return masks;
}
constexpr LaneMasks kLaneMasks = make_lane_masks();

[[gnu::always_inline]] inline Bits whole_lanes(unsigned lanes) {
  return _mm256_load_si256(reinterpret_cast<const Bits*>(kLaneMasks.of[lanes % 16]));
}
[[gnu::always_inline]] inline unsigned highest_bits(Bits mask) {  // of the lanes
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(mask)));
}

// A carry out of a lane goes to the next one, and on through lanes of all ones: an addition of four bits.
[[gnu::always_inline]] inline Bits add(Bits a, Bits b, bool& carry) {
  const Bits sum = _mm256_add_epi64(a, b);
  const unsigned over = highest_bits((a & b) | ((a | b) & ~sum)) << 1 | (carry ? 1u : 0u);
  const unsigned full = highest_bits(_mm256_cmpeq_epi64(sum, ones()));
  const unsigned carried = (over + full) ^ full;
  carry = carried >> kLanes != 0;
  return _mm256_sub_epi64(sum, whole_lanes(carried));
}

// All ones where an odd number of bits of mask is at or below; carry: whether it was odd before the chunk.
[[gnu::always_inline]] inline Bits parity(Bits mask, bool& carry) {
  const __m128i all = _mm_set1_epi8(-1);
  const __m128i low = _mm256_castsi256_si128(mask), high = _mm256_extracti128_si256(mask, 1);
  const Bits odd =
      _mm256_set_m128i(_mm_unpacklo_epi64(_mm_clmulepi64_si128(high, all, 0x00), _mm_clmulepi64_si128(high, all, 0x01)),
                       _mm_unpacklo_epi64(_mm_clmulepi64_si128(low, all, 0x00), _mm_clmulepi64_si128(low, all, 0x01)));
  unsigned flips = highest_bits(odd);
  flips ^= flips << 1;
  flips ^= flips << 2;
  flips = (flips << 1) ^ (carry ? 0x1Fu : 0u);
  carry = (flips >> kLanes & 1) != 0;
  return odd ^ whole_lanes(flips);
}

[[gnu::always_inline]] inline void store(std::vector<std::uint64_t>& out, std::size_t block, Bits mask) {
  _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(out.data() + block), mask);
}

// Where marks are, and names among them.
[[gnu::always_inline]] inline void note_marks(Blocks& blocks, std::size_t block, Bits marks, Bits names) {
  std::uint64_t& filled = blocks.filled[block / 64];
  filled = (block % 64 == 0 ? 0 : filled) | std::uint64_t{filled_lanes(marks)} << (block % 64);
  const unsigned lanes = filled_lanes(names);
  if (lanes != 0) blocks.last_name = block + (31 - static_cast<unsigned>(__builtin_clz(lanes)));
}
