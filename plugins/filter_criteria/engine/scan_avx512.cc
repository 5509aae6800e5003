// The scan for processors with AVX-512 as of Ice Lake and Zen 4: 512 bytes at a time.
//
// A look-up gives each byte a code whose bits are its classes; turning the codes of 512 bytes by a quarter makes masks
// of 512 bits, one a class, so that each rule of the grammar costs one instruction for 512 bytes.
#include "scan.h"
#include "target.h"

namespace millrace::filter::kernels {

#if MILLRACE_FILTER_X86

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"  // said of gcc's own intrinsics, wrongly
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

MILLRACE_FILTER_TARGET_BEGIN(
    "avx2,bmi,bmi2,lzcnt,popcnt,pclmul,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,avx512vpopcntdq,gfni,"
    "vpclmulqdq")

namespace {

using Bits = __m512i;
constexpr std::size_t kChunk = 512;
constexpr int kLanes = 8;

// The code of a byte. kToken: white space, brackets, comma, colon; the three bits behind it tell which, and in other
// bytes what part of a number it is.
enum : unsigned char {
  kQuote = 1,
  kBackslash = 2,
  kToken = 4,
  kCurly = 8,  // among brackets; kColon, kZero, kMinus, kExponent too
  kOpen = 16,  // among brackets; white space, kDot, kMinus, kPlus, kExponent too
  kBracket = 32,
  kControl = 64,
  kForeign = 128,
  kComma = kToken,
  kColon = kToken | kCurly,
  kWhite = kToken | kOpen,
  kDigit = kBracket,
  kZero = kBracket | kCurly,
  kDot = kBracket | kOpen,
  kMinus = kBracket | kOpen | kCurly,
  kPlus = kOpen,
  kExponent = kOpen | kCurly,
};

struct Codes {
  alignas(64) unsigned char of[128];
};

constexpr Codes make_codes() {
  Codes codes{};
  for (int c = 0; c < 0x20; ++c) codes.of[c] = kControl;
  for (const char c : {'\n', '\t', '\r'}) codes.of[static_cast<int>(c)] = kControl | kWhite;
  for (int c = '1'; c <= '9'; ++c) codes.of[c] = kDigit;
  codes.of[' '] = kWhite;
  codes.of['"'] = kQuote;
  codes.of['\\'] = kBackslash;
  codes.of[','] = kComma;
  codes.of[':'] = kColon;
  codes.of['{'] = kToken | kBracket | kOpen | kCurly;
  codes.of['}'] = kToken | kBracket | kCurly;
  codes.of['['] = kToken | kBracket | kOpen;
  codes.of[']'] = kToken | kBracket;
  codes.of['0'] = kZero;
  codes.of['.'] = kDot;
  codes.of['-'] = kMinus;
  codes.of['+'] = kPlus;
  codes.of['e'] = codes.of['E'] = kExponent;
  return codes;
}
constexpr Codes kCodes = make_codes();

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

// By bit of the code: which bytes have it.
struct Classes {
  Bits quote, backslash, token, curly, open, bracket, control, foreign;
};

// The codes of 64 bytes, as eight masks of 64 bits; in each byte of a mask the bits stand in reverse.
[[gnu::always_inline]] inline Bits codes(Bits bytes) {
  const Bits found = _mm512_permutex2var_epi8(_mm512_load_si512(kCodes.of), bytes, _mm512_load_si512(kCodes.of + 64));
  const Bits all = found | (bytes & _mm512_set1_epi8(static_cast<char>(kForeign)));
  const Bits turned =
      _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64(static_cast<long long>(0x8040201008040201)), all, 0);
  return _mm512_permutexvar_epi8(_mm512_load_si512(kGather.of), turned);
}

[[gnu::always_inline]] inline Bits reverse_in_bytes(Bits mask) {
  return _mm512_gf2p8affine_epi64_epi8(mask, _mm512_set1_epi64(static_cast<long long>(0x8040201008040201)), 0);
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

[[gnu::always_inline]] inline bool any(Bits mask) {
  return _mm512_test_epi64_mask(mask, mask) != 0;
}

[[gnu::always_inline]] inline Classes classify(const char* at, std::size_t left, const char (&)[kChunk]) {
  Bits block[kLanes];
  if (left >= kChunk) {
#pragma GCC unroll 8
    for (int i = 0; i < kLanes; ++i) block[i] = codes(_mm512_loadu_si512(at + 64 * i));
  } else {
    const Bits spaces = _mm512_set1_epi8(' ');
#pragma GCC unroll 8
    for (unsigned i = 0; i < kLanes; ++i) {
      const std::size_t here = left > 64 * i ? left - 64 * i : 0;
      const __mmask64 within = here >= 64 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} << here);
      block[i] = codes(_mm512_mask_loadu_epi8(spaces, within, at + 64 * i));
    }
  }
  const Classes c = turn(block);
  if (!any(c.foreign)) return c;
  const Bits known = ~c.foreign;  // the look-up took no notice of their highest bit
  return {c.quote & known, c.backslash & known, c.token & known,   c.curly & known,
          c.open & known,  c.bracket & known,   c.control & known, c.foreign};
}

[[gnu::always_inline]] inline Bits quotes(const Classes& c) {
  return c.quote;
}
[[gnu::always_inline]] inline Bits backslashes(const Classes& c) {
  return c.backslash;
}
[[gnu::always_inline]] inline Bits controls(const Classes& c) {
  return c.control;
}
[[gnu::always_inline]] inline Bits foreign(const Classes& c) {
  return c.foreign;
}
// White space, brackets, commas, colons.
[[gnu::always_inline]] inline Bits tokens(const Classes& c) {
  return c.token;
}
[[gnu::always_inline]] inline Bits whites(const Classes& c, Bits token, Bits) {
  return token & c.open & ~c.bracket;
}
[[gnu::always_inline]] inline Bits opening(const Classes& c, Bits token) {
  return token & c.open & c.bracket;
}
[[gnu::always_inline]] inline Bits closing(const Classes& c, Bits token) {
  return token & c.bracket & ~c.open;
}
[[gnu::always_inline]] inline Bits curly(const Classes& c) {
  return c.curly;
}
[[gnu::always_inline]] inline Bits commas(const Classes& c, Bits token) {
  return token & ~(c.bracket | c.open) & ~c.curly;
}
[[gnu::always_inline]] inline Bits colons(const Classes& c, Bits token) {
  return token & ~(c.bracket | c.open) & c.curly;
}
// These speak of scalars, in which kToken, kQuote and kBackslash are not set.
[[gnu::always_inline]] inline Bits digits(const Classes& c) {
  return c.bracket & ~c.open;
}
[[gnu::always_inline]] inline Bits zeros(const Classes& c) {
  return c.bracket & ~c.open & c.curly;
}
[[gnu::always_inline]] inline Bits dots(const Classes& c) {
  return c.bracket & c.open & ~c.curly;
}
[[gnu::always_inline]] inline Bits minuses(const Classes& c) {
  return c.bracket & c.open & c.curly;
}
[[gnu::always_inline]] inline Bits pluses(const Classes& c) {
  return ~c.bracket & c.open & ~c.curly;
}
[[gnu::always_inline]] inline Bits exponents(const Classes& c) {
  return ~c.bracket & c.open & c.curly;
}
[[gnu::always_inline]] inline Bits rest_of_scalars(const Classes& c) {
  return ~c.bracket;
}

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
[[gnu::always_inline]] inline Bits from(std::size_t at) {  // the bits from `at` on
  const Bits in_lane = _mm512_sub_epi64(_mm512_set1_epi64(static_cast<long long>(at)),
                                        _mm512_set_epi64(448, 384, 320, 256, 192, 128, 64, 0));
  return _mm512_sllv_epi64(ones(), _mm512_max_epi64(in_lane, none()));
}

template <class Visit>
[[gnu::always_inline]] inline void for_each(Bits mask, const Visit& visit) {
  alignas(64) std::uint64_t lanes[kLanes];
  _mm512_store_si512(lanes, mask);
  for (std::size_t i = 0; i < kLanes; ++i)
    for (std::uint64_t left = lanes[i]; left != 0; left &= left - 1)
      visit(i * 64 + static_cast<std::size_t>(__builtin_ctzll(left)));
}

// Moves bits up by one byte; the last one of the chunk goes to the next chunk.
[[gnu::always_inline]] inline Bits shift_in(Bits mask, Bits& carry) {
  const Bits below = _mm512_alignr_epi64(mask, carry, kLanes - 1);
  carry = mask;
  return _mm512_shldi_epi64(mask, below, 1);
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

inline std::uint64_t prefix_xor(std::uint64_t mask) {
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(mask)), _mm_set1_epi8(-1), 0)));
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

// A backslash escapes the next byte unless it is escaped itself.
[[gnu::always_inline]] inline Bits find_escaped(Bits backslash, bool& carry) {
  alignas(64) std::uint64_t lanes[kLanes];
  _mm512_store_si512(lanes, backslash);
  for (std::uint64_t& lane : lanes) {
    std::uint64_t escaped = carry ? 1 : 0;
    carry = false;
    for (std::uint64_t left = lane & ~escaped; left != 0;) {
      const std::uint64_t bit = left & (0 - left);
      escaped |= bit << 1;
      if ((bit >> 63) != 0) carry = true;
      left &= ~(bit | bit << 1);
    }
    lane = escaped;
  }
  return _mm512_load_si512(lanes);
}

#include "scan_brackets.h"

// As pair(), all at once: an opening bracket in front of a closing one makes a pair, and taking the pairs out makes
// others neighbours, so each round deals with one more level of nesting. What has no partner among them is left for the
// stack.
[[gnu::always_inline]] inline std::uint64_t pair_neighbours(std::uint64_t opens, std::uint64_t objects, unsigned count,
                                                            Brackets& state, std::vector<std::uint64_t>& deep) {
  if (state.depth <= 0 && count != 0) state.faults |= 1;
  const std::uint64_t all = _bzhi_u64(~std::uint64_t{0}, count);
  std::uint64_t left = all;
  std::uint64_t open = opens, object = objects;  // of those left
  std::uint64_t within = 0;                      // some pair, and so no more of a matter for those around it
  std::uint64_t inside = 0, mixed = 0;
  for (;;) {
    const std::uint64_t closing = ~open & (open << 1) & _bzhi_u64(~std::uint64_t{0}, count);
    if (closing == 0) break;
    const std::uint64_t opening = closing >> 1;
    mixed |= (object ^ object >> 1) & opening;
    const std::uint64_t first = _pdep_u64(opening, left), last = _pdep_u64(closing, left);
    const std::uint64_t of_objects = (last & objects) - (first & objects);  // from each first to in front of its last
    inside |= of_objects & ~within;
    within |= last - first;
    left &= ~(first | last);
    count = static_cast<unsigned>(_mm_popcnt_u64(left));
    open = _pext_u64(opens, left);
    object = _pext_u64(objects, left);
  }
  if (mixed != 0) {
    state.faults |= 1;
    return 0;
  }
  const std::uint64_t before = state.stack & 1;
  const std::uint64_t rest = pair(open, object, count, state, deep);
  if (state.depth <= 0 && all != 0 && left <= all >> 1) state.faults |= 1;  // the last one does not close the text
  const std::uint64_t around = prefix_xor(_pdep_u64(rest ^ (rest << 1 | before), left)) ^ (0 - before);
  return inside | (around & ~within);
}

// See scan_brackets.h. What is added waits until there is much of it: pairing takes long to answer, and nothing but the
// verdict waits for that answer.
class Nesting {
 public:
  explicit Nesting(std::vector<std::uint64_t>& deep) : deep_(deep) {
    deep.clear();
    opens_[0] = objects_[0] = 0;
  }

  [[gnu::always_inline]] void add(Bits brackets, Bits opens, Bits objects, Bits comma, Bits colon, Bits first_names) {
    missing_ =
        _mm512_sub_epi64(_mm512_add_epi64(missing_, _mm512_popcnt_epi64(first_names)), _mm512_popcnt_epi64(colon));
    _mm512_store_si512(brackets_ + waiting_, brackets);
    _mm512_store_si512(commas_ + waiting_, comma);
    _mm512_store_si512(colons_ + waiting_, colon);
    alignas(64) std::uint64_t open[kLanes], object[kLanes];
    _mm512_store_si512(open, opens);
    _mm512_store_si512(object, objects);
    asm("" ::: "memory");  // or gcc takes the lanes out of the registers one by one, which costs more
    std::uint64_t all_open = 0, all_objects = 0;
    unsigned count = 0;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLanes; ++i) {
      const std::uint64_t where = brackets_[waiting_ + i];
      all_open |= _pext_u64(open[i], where) << (count & 63);
      all_objects |= _pext_u64(object[i], where) << (count & 63);
      count += static_cast<unsigned>(_mm_popcnt_u64(where));
    }
    if (__builtin_expect(count < 64, 1)) {
      pack(all_open, all_objects, count);
    } else {
      for (std::size_t i = 0; i < kLanes; ++i) {
        const std::uint64_t where = brackets_[waiting_ + i];
        pack(_pext_u64(open[i], where), _pext_u64(object[i], where), static_cast<unsigned>(_mm_popcnt_u64(where)));
      }
    }
    waiting_ += kLanes;
    if (__builtin_expect(waiting_ == kMost, 0)) settle();
  }

  bool is_right() {
    settle();
    return state_.depth == 0 && !state_.are_wrong() && !any(faults_) && _mm512_reduce_add_epi64(missing_) == 0;
  }

 private:
  static constexpr std::size_t kMost = 8 * kLanes;

  // Brackets are packed into words, without what stands between them.
  [[gnu::always_inline]] void pack(std::uint64_t open, std::uint64_t object, unsigned count) {
    opens_[words_] |= open << used_;
    objects_[words_] |= object << used_;
    const unsigned all = used_ + count;
    if (__builtin_expect(all >= 64, 0)) {
      ++words_;
      opens_[words_] = used_ == 0 ? 0 : open >> (64 - used_);
      objects_[words_] = used_ == 0 ? 0 : object >> (64 - used_);
    }
    used_ = all & 63;
  }

  // Pairs what was packed, and puts it back where it was.
  [[gnu::noinline]] void settle() {
    for (std::size_t i = 0; i <= words_; ++i) {
      const std::uint64_t before = state_.stack & 1;
      const std::uint64_t inside = pair_neighbours(opens_[i], objects_[i], i < words_ ? 64 : used_, state_, deep_);
      opens_[i] = inside ^ (inside << 1 | before);  // where "directly inside an object" begins and ends
    }
    std::size_t word = 0;
    unsigned used = 0;
    for (std::size_t i = 0; i < waiting_; i += kLanes) {
      std::uint64_t toggles[kLanes];
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kLanes; ++j) {
        const std::uint64_t where = brackets_[i + j];
        std::uint64_t some = opens_[word] >> used;
        const unsigned all = used + static_cast<unsigned>(_mm_popcnt_u64(where));
        if (__builtin_expect(all >= 64, 0)) {
          ++word;
          if (used != 0) some |= opens_[word] << (64 - used);
        }
        used = all & 63;
        toggles[j] = _pdep_u64(some, where);
      }
      // Not through memory: a load of what was stored in parts waits for all before it.
      const auto lane = [&](int j) { return static_cast<long long>(toggles[j]); };
      const Bits inside_object =
          parity(_mm512_set_epi64(lane(7), lane(6), lane(5), lane(4), lane(3), lane(2), lane(1), lane(0)), in_object_);
      faults_ |= _mm512_load_si512(colons_ + i) & ~inside_object;
      const Bits commas = _mm512_load_si512(commas_ + i) & inside_object;
      missing_ = _mm512_add_epi64(missing_, _mm512_popcnt_epi64(commas));
    }
    waiting_ = words_ = 0;
    used_ = 0;
    opens_[0] = objects_[0] = 0;
  }

  std::vector<std::uint64_t>& deep_;
  Brackets state_;
  bool in_object_ = true;
  Bits faults_ = none();
  Bits missing_ = none();    // colons
  std::size_t waiting_ = 0;  // blocks
  alignas(64) std::uint64_t brackets_[kMost], commas_[kMost], colons_[kMost];
  std::size_t words_ = 0;  // full ones
  unsigned used_ = 0;      // bits of the one behind them
  std::uint64_t opens_[kMost + 1], objects_[kMost + 1];
};

[[gnu::always_inline]] inline void store(std::vector<std::uint64_t>& out, std::size_t block, Bits mask) {
  _mm512_storeu_si512(out.data() + block, mask);
}

[[gnu::always_inline]] inline void store_counts(Blocks& blocks, std::size_t block, Bits opens, Bits closes) {
  const Bits closed = _mm512_popcnt_epi64(closes);
  const Bits change = _mm512_sub_epi64(_mm512_popcnt_epi64(opens), closed);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(blocks.closed.data() + block), _mm512_cvtepi64_epi8(closed));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(blocks.change.data() + block), _mm512_cvtepi64_epi8(change));
}

#include "scan_kernel.h"

}  // namespace

Scan scan_avx512(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep) {
  return full ? scan<true>(text, size, blocks, deep) : scan<false>(text, size, blocks, deep);
}

MILLRACE_FILTER_TARGET_END

bool has_avx512() noexcept {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vpopcntdq") &&
         __builtin_cpu_supports("gfni") && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("pclmul");
}

#else

Scan scan_avx512(const char* text, std::size_t size, Blocks& blocks, bool full, std::vector<std::uint64_t>& deep) {
  return scan_portable(text, size, blocks, full, deep);
}
bool has_avx512() noexcept {
  return false;
}

#endif

}  // namespace millrace::filter::kernels
