// Whether what stands behind backslashes is an escape of JSON, for scan.h's kernels whose masks are words of 64 bits.
// Included inside a namespace of the kernel; scan_avx512_escapes.h stands in its place for AVX-512.

inline bool is_escape(const char* text, std::size_t size, std::size_t at) {  // at: behind the backslash
  if (at >= size) return false;
  switch (text[at]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  if (size - at < 5) return false;
  for (std::size_t i = at + 1; i < at + 5; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto lower = static_cast<unsigned char>(c | 0x20);
    if (!((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f'))) return false;
  }
  return true;
}

// escaped: see find_escaped() in scan_kernel.h.
inline bool are_escapes(const char* text, std::size_t size, std::size_t base, std::uint64_t escaped) {
  for (; escaped != 0; escaped &= escaped - 1)
    if (!is_escape(text, size, base + static_cast<std::size_t>(__builtin_ctzll(escaped)))) return false;
  return true;
}
