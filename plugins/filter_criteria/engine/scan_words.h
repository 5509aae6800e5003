// What scan_kernel.h expects of a kernel whose masks are words of 64 bits, but for the classes of bytes. Included
// inside the namespace of scan_portable.cc, behind scan_brackets.h; Bits is std::uint64_t there, and prefix_xor(Bits)
// is each bit with all bits below it.

constexpr std::size_t kChunk = 64;
constexpr bool kClassifiesAhead = false;

// 64 bytes, with spaces behind the end of the text.
[[gnu::always_inline]] inline Classes classify(const Tables& tables, const char* at, std::size_t left,
                                               char (&tail)[kChunk]) {
  fetch_ahead_of(at);
  if (__builtin_expect(left >= kChunk, 1)) return classify(tables, at);
  __builtin_memset(tail, ' ', kChunk);
  __builtin_memcpy(tail, at, left);
  return classify(tables, tail);
}

inline Bits none() {
  return 0;
}
inline Bits first_bit() {
  return 1;
}
inline Bits last_bit() {
  return Bits{1} << 63;
}
inline Bits even_bits() {
  return 0x5555555555555555;
}
inline Bits all_or_none(bool all) {
  return Bits{0} - Bits{all};
}
inline Bits from(std::size_t at) {  // the bits from `at` on
  return at >= kChunk ? 0 : ~std::uint64_t{0} << at;
}
inline bool any(Bits mask) {
  return mask != 0;
}
template <class Visit>
inline void for_each(Bits mask, const Visit& visit) {
  for (; mask != 0; mask &= mask - 1) visit(static_cast<std::size_t>(__builtin_ctzll(mask)));
}

// Moves bits up by one byte; the last one of the chunk goes to the next chunk.
inline Bits shift_in(Bits mask, Bits& carry) {
  const Bits shifted = mask << 1 | carry >> 63;
  carry = mask;
  return shifted;
}

// Moves bits down by one byte; `next` comes from the next chunk.
inline Bits shift_down(Bits mask, bool next) {
  return mask >> 1 | Bits{next} << 63;
}

inline Bits add(Bits a, Bits b, bool& carry) {
  Bits sum = 0;
  const bool over = __builtin_add_overflow(a, b, &sum);
  carry = __builtin_add_overflow(sum, Bits{carry}, &sum) || over;
  return sum;
}

// All ones where an odd number of bits of mask is at or below; carry: whether it was odd before the chunk.
inline Bits parity(Bits mask, bool& carry) {
  const Bits odd = prefix_xor(mask) ^ (carry ? ~Bits{0} : Bits{0});
  carry = odd >> 63 != 0;
  return odd;
}

// Whether an escape begins at each of these bytes; see find_escaped() in scan_kernel.h.
inline bool are_escapes(const char* text, std::size_t size, std::size_t base, Bits escaped) {
  for (; escaped != 0; escaped &= escaped - 1) {
    const std::size_t at = base + static_cast<std::size_t>(__builtin_ctzll(escaped));
    if (at >= size || !is_escape({text + at, size - at})) return false;
  }
  return true;
}

// See scan_brackets.h.
class Nesting {
 public:
  explicit Nesting(std::vector<std::uint64_t>& deep) : deep_(deep) { deep.clear(); }

  [[gnu::always_inline]] void add(Bits brackets, Bits opens, Bits objects, Bits in_object) {
    Brackets state = state_;
    for (Bits left = brackets; left != 0; left &= left - 1) {
      const Bits bit = left & (0 - left);
      state.are_wrong |= ((in_object & bit) != 0) != ((state.stack & 1) != 0) || state.depth <= 0;
      if ((opens & bit) != 0) {
        open_one((objects & bit) != 0 ? 1 : 0, state, deep_);
      } else {
        close_one(state, deep_);
      }
    }
    state_ = state;
  }

  bool is_right() const { return state_.depth == 0 && !state_.are_wrong; }

 private:
  std::vector<std::uint64_t>& deep_;
  Brackets state_;
};

inline void store(std::vector<std::uint64_t>& out, std::size_t block, Bits mask) {
  out[block] = mask;
}
// Where marks are, and names among them.
inline void note_marks(Blocks& blocks, std::size_t block, Bits marks, Bits names) {
  std::uint64_t& filled = blocks.filled[block / 64];
  filled = (block % 64 == 0 ? 0 : filled) | std::uint64_t{marks != 0} << (block % 64);
  if (names != 0) blocks.last_name = block;
}
