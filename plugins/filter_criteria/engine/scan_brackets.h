// Pairing of brackets, for scan.h's kernels. Included inside a namespace of the kernel.
//
// With it a kernel makes its class Nesting, which hears of all brackets, commas and colons of a text but its first {,
// and tells whether they are right: each } closes a { and each ] a [, the last bracket closes the first, colons are in
// objects, and there are as many as there are commas in objects and objects that are not empty. The kernel knows by
// then that each colon stands behind a string behind a comma or {, so each of these in an object has one.
//
// A bit of the stack for each open container, the innermost lowest: 1 when it is an object. Below 64 levels the stack
// is one word; what is deeper goes to a vector, 64 levels at a time.

struct Brackets {  // begins behind the { that opens the text
  std::uint64_t stack = 1;
  std::int64_t depth = 1;
  std::uint64_t faults = 0;

  // A } closed a [, or the reverse; or something stood behind the end of the text.
  bool are_wrong() const { return (faults & (std::uint64_t{1} << 63 | 1)) != 0; }
};

inline std::uint64_t behind_end(std::int64_t depth) {  // the highest bit of it
  return static_cast<std::uint64_t>(depth - 1);
}

// By value, so that the state of who calls can stay in registers.
[[gnu::noinline]] inline Brackets pair_deep(std::uint64_t opens, std::uint64_t objects, unsigned count, Brackets b,
                                            std::vector<std::uint64_t>& deep, std::uint64_t& inside) {
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t is_object = objects >> i & 1;
    b.faults |= behind_end(b.depth) & ~std::uint64_t{1};
    if ((opens >> i & 1) != 0) {
      if (b.depth >= 64 && b.depth % 64 == 0) deep.push_back(b.stack);
      b.stack = b.stack << 1 | is_object;
      ++b.depth;
    } else {
      b.faults |= (b.stack ^ is_object) & 1;
      b.stack >>= 1;
      --b.depth;
      if (b.depth >= 64 && b.depth % 64 == 0) {
        b.stack = deep.back();
        deep.pop_back();
      }
    }
    inside |= (b.stack & 1) << i;
  }
  return b;
}

// Pairs `count` brackets, at most 64: bit i of opens and of objects speaks of the i-th. Gives for each whether what
// stands behind it is directly inside an object.
[[gnu::always_inline]] inline std::uint64_t pair(std::uint64_t opens, std::uint64_t objects, unsigned count,
                                                 Brackets& state, std::vector<std::uint64_t>& deep) {
  std::uint64_t inside = 0;
  if (__builtin_expect(state.depth + static_cast<std::int64_t>(count) > 64, 0)) {
    state = pair_deep(opens, objects, count, state, deep, inside);
    return inside;
  }
  std::uint64_t stack = state.stack, mixed = 0, behind = 0;
  std::int64_t depth = state.depth;
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t is_open = opens >> i & 1;
    const std::uint64_t is_object = objects >> i & 1;
    behind |= behind_end(depth);
    mixed |= (stack ^ is_object) & ~is_open;
    const std::uint64_t pushed = stack << 1 | is_object;
    const std::uint64_t popped = stack >> 1;
    stack = is_open != 0 ? pushed : popped;
    depth += static_cast<std::int64_t>(is_open * 2) - 1;
    inside |= (stack & 1) << i;
  }
  state.stack = stack;
  state.depth = depth;
  state.faults |= (behind & ~std::uint64_t{1}) | (mixed & 1);
  return inside;
}
