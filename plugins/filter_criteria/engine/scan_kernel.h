// The body of scan.h's kernels, over the masks that each of them makes in its own way. Included inside a namespace of
// the kernel.
//
// A token is a bracket, comma, colon, string or scalar. follow() gives, for tokens that end at the bits of a mask,
// where the token after them begins; so one mask operation checks 64 bytes against one rule of the grammar ("after {
// comes a string or }"). All that reaches over the end of a block is in Carry.
//
// Expects of the kernel:
//   Classes classify(const char*)           64 bytes, as the functions below want them; each gives a mask of the bytes
//   is(Classes, char)                       that are this one
//   is_letter(Classes, char)                that are this one once bit 0x20 is set in them: e and E, { and [
//   is_curly(Classes)                       whose bit 0x20 is set, which tells { and } from [ and ]
//   is_control(Classes), is_digit(Classes)  below 0x20; from 0 to 9
//   NonAscii none_seen()                    with add(Classes), and any(): whether a byte of 0x80 or more was added
//   std::uint64_t prefix_xor(std::uint64_t) each bit with all bits below it

// Where a mask's last bit reaches into the next block, the mask itself is kept and its top bit counts.
struct Carry {
  std::uint64_t escaped = 0;                    // the first byte is escaped
  std::uint64_t in_string = 0;                  // all ones inside a string
  std::uint64_t in_name = 0;                    // 1 inside the name of a member
  std::uint64_t is_object = ~std::uint64_t{0};  // all ones inside an object
  std::uint64_t scalar = 0, digit = 0, zero = 0, dot = 0, exponent = 0, sign = 0, exponent_sign = 0, word = 0;
  std::uint64_t fraction_run = 0, exponent_run = 0;  // 1 inside such digits
  std::uint64_t before_name = 0, before_value = 0, separator = 0, name_end = 0, value_end = 0;
};

struct Brackets {           // begins behind the { that opens the text
  std::uint64_t stack = 0;  // one bit for each container that encloses the current one: an object?
  std::uint64_t current = 1;
  std::int32_t depth = 1;
};

inline bool is_delimiter(const char* text, std::size_t size, std::size_t at) {
  if (at >= size) return true;
  const char c = text[at];
  return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

inline bool is_word(const char* text, std::size_t size, std::size_t at) {
  const auto is = [&](const char* word, std::size_t length) {
    return size - at >= length && __builtin_memcmp(text + at, word, length) == 0 &&
           is_delimiter(text, size, at + length);
  };
  return is("true", 4) || is("null", 4) || is("false", 5);
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

// A backslash escapes the next byte unless it is escaped itself.
inline std::uint64_t find_escaped(std::uint64_t backslash, std::uint64_t& carry) {
  std::uint64_t escaped = carry;
  carry = 0;
  for (std::uint64_t left = backslash & ~escaped; left != 0;) {
    const std::uint64_t bit = left & (0 - left);
    escaped |= bit << 1;
    if ((bit >> 63) != 0) carry = 1;
    left &= ~(bit | bit << 1);
  }
  return escaped;
}

// Moves bits up by one byte; the last one of the block goes to the next block.
inline std::uint64_t shift_in(std::uint64_t mask, std::uint64_t& carry) {
  const std::uint64_t shifted = mask << 1 | carry >> 63;
  carry = mask;
  return shifted;
}

// Where the next token begins behind each bit of ends. white: white space outside strings.
template <bool kHasWhite>
inline std::uint64_t follow(std::uint64_t ends, std::uint64_t white, std::uint64_t& carry, std::uint64_t also = 0) {
  const std::uint64_t starts = shift_in(ends, carry) | also;
  if constexpr (!kHasWhite) return starts;
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(white, starts & white, &sum)) carry |= std::uint64_t{1} << 63;
  return (starts | sum) & ~white;
}

// The first byte that is no digit, behind each run of digits that begins at starts.
inline std::uint64_t behind_run(std::uint64_t starts, std::uint64_t digits, std::uint64_t& carry) {
  starts |= carry;
  std::uint64_t sum = 0;
  carry = __builtin_add_overflow(digits, starts & digits, &sum) ? 1u : 0u;
  return (starts | sum) & ~digits;
}

struct Scalars {
  std::uint64_t all, behind, digits, behind_digit, zeros;
};

// Faults in scalars: numbers by masks, true, false and null by a look at each.
inline std::uint64_t check_scalars(const char* text, std::size_t size, std::size_t base, const Classes& classes,
                                   const Scalars& s, Carry& carry) {
  const std::uint64_t dot = is(classes, '.') & s.all;
  const std::uint64_t minus = is(classes, '-') & s.all;
  const std::uint64_t rest = s.all & ~(s.digits | dot | minus);
  const std::uint64_t behind_dot = shift_in(dot, carry.dot);
  std::uint64_t bad = (dot & ~s.behind_digit) | (behind_dot & ~s.digits);
  bad |= behind_run(behind_dot & s.digits, s.digits, carry.fraction_run) & dot;
  if (__builtin_expect((rest | carry.exponent_run | (carry.exponent | carry.exponent_sign) >> 63) == 0, 1)) {
    const std::uint64_t behind_sign = shift_in(minus, carry.sign);
    carry.exponent = carry.exponent_sign = carry.word = 0;
    bad |= (behind_sign & ~s.digits) | (minus & s.behind);
    bad |= shift_in(s.zeros & ~(s.behind_digit | behind_dot), carry.zero) & s.digits;  // 0 begins a number only alone
    return bad;
  }
  const std::uint64_t exponent = is_letter(classes, 'e') & s.all & s.behind_digit;
  const std::uint64_t plus = is(classes, '+') & s.all;
  const std::uint64_t word = rest & ~(exponent | plus);
  const std::uint64_t behind_exponent = shift_in(exponent, carry.exponent);
  const std::uint64_t behind_sign = shift_in(plus | minus, carry.sign);
  const std::uint64_t exponent_sign = (plus | minus) & behind_exponent;
  const std::uint64_t behind_exponent_sign = shift_in(exponent_sign, carry.exponent_sign);
  bad |= (behind_exponent & ~(s.digits | plus | minus)) | (behind_sign & ~s.digits) | (plus & ~behind_exponent) |
         (minus & s.behind & ~behind_exponent);
  bad |=
      behind_run((behind_exponent | behind_exponent_sign) & s.digits, s.digits, carry.exponent_run) & (dot | exponent);
  bad |= shift_in(s.zeros & ~(s.behind_digit | behind_dot | behind_exponent | behind_exponent_sign), carry.zero) &
         s.digits;
  for (std::uint64_t left = word & ~shift_in(word, carry.word); left != 0; left &= left - 1) {
    const std::uint64_t bit = left & (0 - left);
    if ((s.behind & bit) != 0 || !is_word(text, size, base + static_cast<std::size_t>(__builtin_ctzll(left))))
      bad |= bit;
  }
  return bad;
}

inline void push_deep(Brackets& b, std::vector<std::uint64_t>& deep) {
  if (b.depth % 64 == 0) deep.push_back(b.stack);
}
inline void pop_deep(Brackets& b, std::vector<std::uint64_t>& deep) {
  if (b.depth > 0 && b.depth % 64 == 0) {
    b.stack = deep.back();
    deep.pop_back();
  }
}

// Pairs the brackets of one block. Gives the mask of bytes that are directly inside an object.
inline std::uint64_t pair_brackets(std::uint64_t brackets, std::uint64_t opens, std::uint64_t objects, bool is_last,
                                   Brackets& state, std::int32_t& lowest, std::uint64_t& bad,
                                   std::vector<std::uint64_t>& deep, std::uint64_t& carry) {
  Brackets s = state;
  std::uint64_t toggles = 0;
  std::int32_t low = s.depth;
  for (std::uint64_t left = brackets; left != 0;) {
    const std::uint64_t bit = left & (0 - left);
    left ^= bit;
    const std::uint64_t before = s.current;
    const std::uint64_t is_object = (objects & bit) != 0 ? 1 : 0;
    if ((opens & bit) != 0) {
      if (__builtin_expect(s.depth >= 64, 0)) push_deep(s, deep);
      s.stack = s.stack << 1 | before;
      s.current = is_object;
      ++s.depth;
    } else {
      bad |= before ^ is_object;
      s.current = s.stack & 1;
      s.stack >>= 1;
      --s.depth;
      low = s.depth < low ? s.depth : low;
      if (__builtin_expect(s.depth >= 64, 0)) pop_deep(s, deep);
      if (__builtin_expect(s.depth <= 0, 0) && (left != 0 || !is_last)) {  // the text has ended already
        bad |= 1;
        break;
      }
    }
    toggles |= bit & (0 - (before ^ s.current));
  }
  state = s;
  lowest = low;
  const std::uint64_t inside = prefix_xor(toggles) ^ carry;
  carry = 0 - (inside >> 63);
  return inside;
}

struct Tokens {
  std::uint64_t open_object, open_array, close, comma, colon;
  std::uint64_t opening, closing, in_string;  // of strings
  std::uint64_t scalar, behind_scalar;        // behind_scalar: the byte behind each scalar
  std::uint64_t white;
};

// Faults in the order of tokens. Gives the opening quotes of member names.
template <bool kHasWhite>
inline std::uint64_t check_order(const Tokens& t, std::uint64_t inside_object, std::uint64_t& names, Carry& carry) {
  const std::uint64_t name_commas = t.comma & inside_object;
  const std::uint64_t at_name = follow<kHasWhite>(t.open_object | name_commas, t.white, carry.before_name);
  const std::uint64_t at_value =
      follow<kHasWhite>(t.open_array | t.colon | (t.comma ^ name_commas), t.white, carry.before_value);
  const std::uint64_t behind_separator = follow<kHasWhite>(t.comma | t.colon, t.white, carry.separator);
  const std::uint64_t string_or_close = t.opening | t.close;
  std::uint64_t bad = (at_name & ~string_or_close) | (behind_separator & t.close) |
                      (at_value & ~(string_or_close | t.scalar | t.open_object | t.open_array));
  names = at_name & t.opening;
  std::uint64_t sum = 0;
  carry.in_name = __builtin_add_overflow(t.in_string, names | carry.in_name, &sum) ? 1u : 0u;
  const std::uint64_t name_ends = sum & ~t.in_string;
  bad |= t.colon ^ follow<kHasWhite>(name_ends, t.white, carry.name_end);
  const std::uint64_t at_end =
      follow<kHasWhite>((t.closing & ~name_ends) | t.close, t.white, carry.value_end, t.behind_scalar);
  return bad | (at_end & ~(t.comma | t.close));
}

template <bool kFull>
inline Scan scan(const char* text, std::size_t size, Block* blocks, std::vector<std::uint64_t>& deep) {
  Scan result;
  Carry carry;
  Brackets brackets;
  std::uint64_t bad = 0, backslashes = 0;
  NonAscii non_ascii = none_seen();
  char tail[64];
  deep.clear();
  for (std::size_t base = 0; base < size; base += 64, ++blocks) {
    const char* block = text + base;
    const bool is_last = size - base <= 64;
    if (__builtin_expect(size - base < 64, 0)) {
      __builtin_memset(tail, ' ', sizeof tail);
      __builtin_memcpy(tail, block, size - base);
      block = tail;
    }
    const Classes classes = classify(block);
    non_ascii.add(classes);
    std::uint64_t quote = is(classes, '"');
    const std::uint64_t backslash = is(classes, '\\');
    if (__builtin_expect((backslash | carry.escaped) != 0, 0)) {
      const std::uint64_t escaped = find_escaped(backslash, carry.escaped);
      quote &= ~escaped;
      backslashes |= backslash;
      for (std::uint64_t left = kFull ? backslash & ~escaped : 0; left != 0; left &= left - 1)
        if (!is_escape(text, size, base + static_cast<std::size_t>(__builtin_ctzll(left)) + 1)) bad |= 1;
    }
    const std::uint64_t control = is_control(classes);
    std::uint64_t white = is(classes, ' ');
    if (__builtin_expect(control != 0, 0)) white |= is(classes, '\n') | is(classes, '\t') | is(classes, '\r');

    Tokens t{};
    t.in_string = prefix_xor(quote) ^ carry.in_string;
    carry.in_string = 0 - (t.in_string >> 63);
    t.opening = quote & t.in_string;
    t.closing = quote & ~t.in_string;
    bad |= control & t.in_string;
    const std::uint64_t outside = ~(t.in_string | quote);
    t.white = white & outside;
    const std::uint64_t curly = is_curly(classes);  // among the brackets
    const std::uint64_t opens = is_letter(classes, '{') & outside;
    t.close = is_letter(classes, '}') & outside;
    t.open_object = opens & curly;
    t.open_array = opens & ~curly;
    t.comma = is(classes, ',') & outside;
    t.colon = is(classes, ':') & outside;
    const std::uint64_t all_brackets = opens | t.close;

    Scalars s{};
    s.all = outside & ~(t.white | all_brackets | t.comma | t.colon);
    const std::uint64_t behind_scalar = shift_in(s.all, carry.scalar);
    t.scalar = s.all;
    s.behind = behind_scalar;
    t.behind_scalar = behind_scalar & ~s.all;
    if constexpr (kFull) {
      s.digits = is_digit(classes) & s.all;
      s.behind_digit = shift_in(s.digits, carry.digit);
      s.zeros = is(classes, '0') & s.all;
      bad |= check_scalars(text, size, base, classes, s, carry);
    }

    std::int32_t lowest = 0;
    const std::uint64_t inside_object =
        pair_brackets(base == 0 ? all_brackets & ~std::uint64_t{1} : all_brackets, opens, curly, is_last, brackets,
                      lowest, bad, deep, carry.is_object);
    std::uint64_t names = 0;
    bad |= __builtin_expect(t.white == 0, 1) ? check_order<false>(t, inside_object, names, carry)
                                             : check_order<true>(t, inside_object, names, carry);
    *blocks = {names | all_brackets, all_brackets, opens, t.closing, brackets.depth, lowest};
    if (__builtin_expect(bad != 0, 0)) break;
  }
  result.is_json = bad == 0 && brackets.depth == 0 && carry.in_string == 0;
  result.escapes = backslashes != 0;
  result.non_ascii = non_ascii.any();
  return result;
}
