// Nesting (scan_brackets.h) over masks of kLanes words. Included inside the namespaces of scan_avx512.cc and
// scan_avx2.cc.

// Pairs `count` brackets, at most 64: bit i of opens and of bits speaks of the i-th, and the two of a pair must have
// the same of bits. An opening bracket in front of a closing one makes a pair, and taking the pairs out makes others
// neighbours, so each round deals with one more level of nesting. What has no partner among them is left for the stack.
[[gnu::always_inline]] inline void pair_neighbours(std::uint64_t opens, std::uint64_t bits, unsigned count,
                                                   Brackets& state, std::vector<std::uint64_t>& deep) {
  const std::uint64_t all = _bzhi_u64(~std::uint64_t{0}, count);
  std::uint64_t left = all;
  std::uint64_t open = opens, bit = bits;  // of those left
  std::uint64_t mixed = 0;
  for (;;) {
    const std::uint64_t closing = ~open & (open << 1) & _bzhi_u64(~std::uint64_t{0}, count);
    if (closing == 0) break;
    const std::uint64_t opening = closing >> 1;
    mixed |= (bit ^ bit >> 1) & opening;
    left &= ~_pdep_u64(opening | closing, left);
    count = static_cast<unsigned>(_mm_popcnt_u64(left));
    open = _pext_u64(opens, left);
    bit = _pext_u64(bits, left);
  }
  for (unsigned i = 0; i < count; ++i) {
    state.are_wrong |= state.depth <= 0;
    if ((open >> i & 1) != 0) {
      open_one(bit >> i & 1, state, deep);
    } else {
      state.are_wrong |= (state.stack & 1) != (bit >> i & 1);
      close_one(state, deep);
    }
  }
  state.are_wrong |= mixed != 0;
  state.are_wrong |= state.depth <= 0 && all != 0 && left <= all >> 1;  // the last one does not close the text
}

// See scan_brackets.h. What is in front of a pair and what is behind it are in the same container, so it is enough to
// compare these two; the rest check_order() has seen. Brackets are packed into words, without what stands between them,
// and wait until there are many: pairing takes long to answer, and nothing but the verdict waits for that answer.
class Nesting {
 public:
  explicit Nesting(std::vector<std::uint64_t>& deep) : deep_(deep) {
    deep.clear();
    words_[0] = {};
  }

  [[gnu::always_inline]] void add(Bits brackets, Bits opens, Bits, Bits in_object) {
    const Lanes where(brackets), open(opens), object(in_object);
    Word all{};
    unsigned count = 0;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kLanes; ++i) {
      all.opens |= _pext_u64(open.of[i], where.of[i]) << (count & 63);
      all.in_object |= _pext_u64(object.of[i], where.of[i]) << (count & 63);
      count += static_cast<unsigned>(_mm_popcnt_u64(where.of[i]));
    }
    if (__builtin_expect(count < 64, 1)) {
      pack(all, count);
    } else {
      for (std::size_t i = 0; i < kLanes; ++i)
        pack({_pext_u64(open.of[i], where.of[i]), _pext_u64(object.of[i], where.of[i])},
             static_cast<unsigned>(_mm_popcnt_u64(where.of[i])));
    }
    if (__builtin_expect(full_ > kMany, 0)) settle();
  }

  bool is_right() {
    words_[full_].in_object |= std::uint64_t{1} << used_;  // behind the last, as if the text stood in an object
    pair_full(full_);
    if (used_ != 0) pair(words_[full_], words_[full_].in_object >> 1, used_);
    return state_.depth == 0 && !state_.are_wrong;
  }

 private:
  static constexpr std::size_t kMany = 8;

  struct Word {  // a bit for each bracket
    std::uint64_t opens, in_object;
  };

  [[gnu::always_inline]] void pack(const Word& some, unsigned count) {
    Word& word = words_[full_];
    word.opens |= some.opens << used_;
    word.in_object |= some.in_object << used_;
    const unsigned all = used_ + count;
    if (__builtin_expect(all >= 64, 0)) {
      words_[++full_] = used_ == 0 ? Word{} : Word{some.opens >> (64 - used_), some.in_object >> (64 - used_)};
    }
    used_ = all & 63;
  }

  // behind: whether the text behind a bracket is in an object
  [[gnu::always_inline]] void pair(const Word& word, std::uint64_t behind, unsigned count) {
    pair_neighbours(word.opens, (word.opens & word.in_object) | (~word.opens & behind), count, state_, deep_);
  }

  // Pairs the first `some` of the full words.
  [[gnu::always_inline]] void pair_full(std::size_t some) {
    for (std::size_t i = 0; i < some; ++i)
      pair(words_[i], words_[i].in_object >> 1 | words_[i + 1].in_object << 63, 64);
  }

  // Pairs all but the last words, and makes room.
  [[gnu::noinline]] void settle() {
    pair_full(full_ - 1);
    words_[0] = words_[full_ - 1];
    words_[1] = words_[full_];
    full_ = 1;
  }

  std::vector<std::uint64_t>& deep_;
  Brackets state_;
  std::size_t full_ = 0;  // words
  unsigned used_ = 0;     // bits of the one behind them
  Word words_[kMany + kLanes + 2];
};
