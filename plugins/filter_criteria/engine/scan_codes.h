// Classes of bytes, for scan.h's kernels that find them in a table: the bits of a byte's code are its classes, and a
// mask for each bit, over a chunk, is all that the kernel wants to know of the bytes. Included inside a namespace of
// the kernel, which has Bits.

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
  alignas(64) unsigned char of[256];
};

constexpr Codes make_codes() {
  Codes codes{};
  const auto set = [&](char c, int code) {
    codes.of[static_cast<unsigned char>(c)] = static_cast<unsigned char>(code);
  };
  for (char c = 0; c < 0x20; ++c) set(c, kControl);
  for (const char c : {'\n', '\t', '\r'}) set(c, kControl | kWhite);
  for (char c = '1'; c <= '9'; ++c) set(c, kDigit);
  set(' ', kWhite);
  set('"', kQuote);
  set('\\', kBackslash);
  set(',', kComma);
  set(':', kColon);
  set('{', kToken | kBracket | kOpen | kCurly);
  set('}', kToken | kBracket | kCurly);
  set('[', kToken | kBracket | kOpen);
  set(']', kToken | kBracket);
  set('0', kZero);
  set('.', kDot);
  set('-', kMinus);
  set('+', kPlus);
  set('e', kExponent);
  set('E', kExponent);
  for (int c = 0x80; c < 0x100; ++c) codes.of[c] = kForeign;
  return codes;
}
constexpr Codes kCodes = make_codes();

// By bit of the code: which bytes have it.
struct Classes {
  Bits quote, backslash, token, curly, open, bracket, control, foreign;
};

// The mark of NameStarts is a bit that has no meaning in strings.
static_assert(NameStarts::kMark == kCurly);
[[gnu::always_inline]] inline Bits name_starts(const Classes& c) {
  return c.curly;
}
// These speak of what is in kToken.
[[gnu::always_inline]] inline Bits whites(const Classes& c, Bits token) {
  return token & c.open & ~c.bracket;
}
[[gnu::always_inline]] inline Bits opening(const Classes& c, Bits token) {
  return token & c.open & c.bracket;
}
[[gnu::always_inline]] inline Bits closing(const Classes& c, Bits token) {
  return token & c.bracket & ~c.open;
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
