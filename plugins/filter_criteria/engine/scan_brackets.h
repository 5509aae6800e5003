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
  bool are_wrong = false;  // a } closed a [, or the reverse; or something stood behind the end of the text
};

[[gnu::always_inline]] inline void pair_one(bool opens, std::uint64_t is_object, Brackets& b,
                                            std::vector<std::uint64_t>& deep) {
  b.are_wrong |= b.depth <= 0;
  if (opens) {
    if (__builtin_expect(b.depth >= 64, 0) && b.depth % 64 == 0) deep.push_back(b.stack);
    b.stack = b.stack << 1 | is_object;
    ++b.depth;
    return;
  }
  b.are_wrong |= (b.stack & 1) != is_object;
  b.stack >>= 1;
  --b.depth;
  if (__builtin_expect(b.depth >= 64, 0) && b.depth % 64 == 0) {
    b.stack = deep.back();
    deep.pop_back();
  }
}
