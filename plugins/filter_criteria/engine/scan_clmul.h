// For scan.h's kernels on x86. Included inside a namespace of the kernel.

// Each bit with all bits below it.
inline std::uint64_t prefix_xor(std::uint64_t mask) {
  return static_cast<std::uint64_t>(
      _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(mask)), _mm_set1_epi8(-1), 0)));
}
