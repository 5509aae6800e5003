// Pairing of brackets, for scan.h's kernels. Included inside a namespace of the kernel.
//
// With it a kernel makes its class Nesting, which hears of all brackets of a text but its first {, and of each whether
// the text in front of it is directly in an object, to go by what is there (check_order). Nesting tells whether that is
// so, and whether the last bracket closes the first. That each } closes a { and each ] a [ follows: in front of } the
// text is in an object.
//
// A bit of the stack for each open container, the innermost lowest. Below 64 levels the stack is one word; what is
// deeper goes to a vector, 64 levels at a time.

struct Brackets {  // begins behind the { that opens the text
  std::uint64_t stack = 1;
  std::int64_t depth = 1;
  bool are_wrong = false;  // a pair had two different bits; or something stood behind the end of the text
};

[[gnu::always_inline]] inline void open_one(std::uint64_t bit, Brackets& b, std::vector<std::uint64_t>& deep) {
  if (__builtin_expect(b.depth >= 64, 0) && b.depth % 64 == 0) deep.push_back(b.stack);
  b.stack = b.stack << 1 | bit;
  ++b.depth;
}

[[gnu::always_inline]] inline void close_one(Brackets& b, std::vector<std::uint64_t>& deep) {
  b.stack >>= 1;
  --b.depth;
  if (__builtin_expect(b.depth >= 64, 0) && b.depth % 64 == 0) {
    b.stack = deep.back();
    deep.pop_back();
  }
}
