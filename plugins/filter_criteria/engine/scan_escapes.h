// Backslashes in strings, for scan.h's kernels. Included inside a namespace of the kernel.

// A backslash escapes the next byte unless it is escaped itself. carry: the first byte is escaped, or that of the next
// word.
inline std::uint64_t escaped_in_word(std::uint64_t backslash, bool& carry) {
  std::uint64_t escaped = carry ? 1 : 0;
  carry = false;
  for (std::uint64_t left = backslash & ~escaped; left != 0;) {
    const std::uint64_t bit = left & (0 - left);
    escaped |= bit << 1;
    if ((bit >> 63) != 0) carry = true;
    left &= ~(bit | bit << 1);
  }
  return escaped;
}

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
