// Nesting (scan_brackets.h) over masks of 512 bits. Included inside the namespace of scan_avx512.cc.

// Pairs `count` brackets, at most 64: bit i of opens and of objects speaks of the i-th. Gives for each whether what
// stands behind it is directly inside an object. An opening bracket in front of a closing one makes a pair, and taking
// the pairs out makes others neighbours, so each round deals with one more level of nesting. What has no partner among
// them is left for the stack.
[[gnu::always_inline]] inline std::uint64_t pair_neighbours(std::uint64_t opens, std::uint64_t objects, unsigned count,
                                                            Brackets& state, std::vector<std::uint64_t>& deep) {
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
  const std::uint64_t before = state.stack & 1;
  std::uint64_t rest = 0;
  for (unsigned i = 0; i < count; ++i) {
    pair_one((open >> i & 1) != 0, object >> i & 1, state, deep);
    rest |= (state.stack & 1) << i;
  }
  state.are_wrong |= mixed != 0;
  state.are_wrong |= state.depth <= 0 && all != 0 && left <= all >> 1;  // the last one does not close the text
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
    return state_.depth == 0 && !state_.are_wrong && !any(faults_) && _mm512_reduce_add_epi64(missing_) == 0;
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
