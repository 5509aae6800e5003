// The body of scan.h's kernels, for each of them with another `classify`. Included inside a namespace of the kernel.
//
// A token is a bracket, comma, colon, string or scalar. follow() gives, for tokens that end at the bits of a mask,
// where the token after them begins; so one mask operation checks 64 bytes against one rule of the grammar ("after {
// comes a string or }"). All that reaches over the end of a block is in Carry.
//
// Expects: Masks classify(const char*), NumberMasks classify_number(const char*), std::uint64_t
// prefix_xor(std::uint64_t).

struct Carry {
  std::uint64_t escaped = 0;    // the first byte is escaped
  std::uint64_t in_string = 0;  // all ones inside a string
  std::uint64_t in_key = 0;     // 1 inside the name of a member
  std::uint64_t scalar = 0;     // the last byte belonged to a scalar
  std::uint64_t digit = 0, zero = 0, dot = 0, exponent = 0, sign = 0, exponent_sign = 0, word = 0;
  std::uint64_t fraction_run = 0, exponent_run = 0;
  std::uint64_t after_object = 0, after_array = 0, after_value_wanted = 0, after_object_comma = 0, after_key = 0,
                after_value = 0;
  std::uint64_t is_object = ~std::uint64_t{0};  // all ones inside an object
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

// starts: where to begin; white: white space outside strings. What lies over the end goes to carry.
inline std::uint64_t skip_white(std::uint64_t starts, std::uint64_t white, std::uint64_t& carry) {
  std::uint64_t sum = 0;
  carry |= __builtin_add_overflow(white, starts & white, &sum) ? 1u : 0u;
  return (starts | sum) & ~white;
}

template <bool kHasWhite>
inline std::uint64_t follow(std::uint64_t ends, std::uint64_t white, std::uint64_t& carry) {
  const std::uint64_t starts = ends << 1 | carry;
  carry = ends >> 63;
  if constexpr (kHasWhite) return skip_white(starts, white, carry);
  return starts;
}

inline std::uint64_t shift_in(std::uint64_t mask, std::uint64_t& carry) {
  const std::uint64_t shifted = mask << 1 | carry;
  carry = mask >> 63;
  return shifted;
}

// The first byte that is no digit, behind each run of digits that begins at starts.
inline std::uint64_t behind_run(std::uint64_t starts, std::uint64_t digits, std::uint64_t& carry) {
  starts |= carry;
  std::uint64_t sum = 0;
  carry = __builtin_add_overflow(digits, starts & digits, &sum) ? 1u : 0u;
  return (starts | sum) & ~digits;
}

// Faults in scalars: numbers by masks, true, false and null by a look at each.
inline std::uint64_t check_scalars(const char* text, std::size_t size, std::size_t base, const char* block,
                                   std::uint64_t scalar, std::uint64_t starts, std::uint64_t digits,
                                   std::uint64_t behind_digit, Carry& carry) {
  const NumberMasks m = classify_number(block);
  const std::uint64_t dot = m.dot & scalar;
  const std::uint64_t exponent = m.e & scalar & behind_digit;
  const std::uint64_t plus = m.plus & scalar;
  const std::uint64_t minus = m.minus & scalar;
  const std::uint64_t word = scalar & ~(digits | dot | exponent | plus | minus);

  const std::uint64_t behind_dot = shift_in(dot, carry.dot);
  const std::uint64_t behind_exponent = shift_in(exponent, carry.exponent);
  const std::uint64_t behind_sign = shift_in(plus | minus, carry.sign);
  const std::uint64_t behind_exponent_sign = shift_in((plus | minus) & behind_exponent, carry.exponent_sign);
  std::uint64_t bad = (dot & ~behind_digit) | (behind_dot & ~digits) | (behind_exponent & ~(digits | plus | minus)) |
                      (behind_sign & ~digits) | (plus & ~behind_exponent) | (minus & ~(behind_exponent | starts));
  bad |= behind_run(behind_dot & digits, digits, carry.fraction_run) & dot;
  bad |= behind_run((behind_exponent | behind_exponent_sign) & digits, digits, carry.exponent_run) & (dot | exponent);

  for (std::uint64_t left = word & ~shift_in(word, carry.word); left != 0; left &= left - 1) {
    const std::uint64_t bit = left & (0 - left);
    if ((starts & bit) == 0 || !is_word(text, size, base + static_cast<std::size_t>(__builtin_ctzll(left)))) bad |= bit;
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
inline std::uint64_t pair_brackets(std::uint64_t brackets, std::uint64_t opens, std::uint64_t objects, Brackets& state,
                                   std::int32_t& lowest, std::uint64_t& bad, std::vector<std::uint64_t>& deep,
                                   std::uint64_t& carry) {
  std::uint64_t toggles = 0;
  std::int32_t low = state.depth;
  for (std::uint64_t left = brackets; left != 0; left &= left - 1) {
    const int at = __builtin_ctzll(left);
    const std::uint64_t opens_here = opens >> at & 1;
    const std::uint64_t is_object = objects >> at & 1;
    const std::uint64_t before = state.current;
    if (__builtin_expect(state.depth >= 63, 0)) {
      if (opens_here != 0) {
        push_deep(state, deep);
        state.stack = state.stack << 1 | before;
        state.current = is_object;
        ++state.depth;
      } else {
        bad |= before ^ is_object;
        state.current = state.stack & 1;
        state.stack >>= 1;
        --state.depth;
        pop_deep(state, deep);
      }
    } else {
      bad |= (before ^ is_object) & ~opens_here & 1;
      bad |= static_cast<std::uint64_t>(state.depth == 0);
      const std::uint64_t pushed = state.stack << 1 | before;
      state.current = opens_here != 0 ? is_object : state.stack & 1;
      state.stack = opens_here != 0 ? pushed : state.stack >> 1;
      state.depth += opens_here != 0 ? 1 : -1;
    }
    toggles |= (before ^ state.current) << at;
    low = state.depth < low ? state.depth : low;
  }
  lowest = low;
  const std::uint64_t inside = prefix_xor(toggles) ^ carry;
  carry = 0 - (inside >> 63);
  return inside;
}

template <bool kHasWhite>
inline std::uint64_t check_order(const Masks& m, std::uint64_t white, std::uint64_t inside_object,
                                 std::uint64_t opening, std::uint64_t closing, std::uint64_t in_string,
                                 std::uint64_t scalar, std::uint64_t scalar_start, std::uint64_t behind_scalar,
                                 std::uint64_t& names, Carry& carry) {
  const std::uint64_t value = opening | scalar_start | m.open_object | m.open_array;
  const std::uint64_t behind_open = follow<kHasWhite>(m.open_object, white, carry.after_object);
  const std::uint64_t behind_open_array = follow<kHasWhite>(m.open_array, white, carry.after_array);
  const std::uint64_t wants_name = follow<kHasWhite>(m.comma & inside_object, white, carry.after_object_comma);
  const std::uint64_t wants_value =
      follow<kHasWhite>(m.colon | (m.comma & ~inside_object), white, carry.after_value_wanted);
  std::uint64_t bad = (behind_open & ~(opening | m.close_object)) | (behind_open_array & ~(value | m.close_array)) |
                      (wants_name & ~opening) | (wants_value & ~value);
  names = (behind_open | wants_name) & opening;
  std::uint64_t sum = 0;
  const std::uint64_t over = __builtin_add_overflow(in_string, names | carry.in_key, &sum) ? 1u : 0u;
  carry.in_key = over;
  const std::uint64_t name_ends = sum & ~in_string;
  bad |= m.colon ^ follow<kHasWhite>(name_ends, white, carry.after_key);
  const std::uint64_t value_ends = (closing & ~name_ends) | m.close_object | m.close_array;
  std::uint64_t starts = value_ends << 1 | carry.after_value | (behind_scalar & ~scalar);
  carry.after_value = value_ends >> 63;
  if constexpr (kHasWhite) starts = skip_white(starts, white, carry.after_value);
  bad |= starts & ~(m.comma | m.close_object | m.close_array);
  return bad;
}

inline Scan scan(const char* text, std::size_t size, Block* blocks, std::vector<std::uint64_t>& deep) {
  Scan result;
  Carry carry;
  Brackets brackets;
  std::uint64_t bad = 0, backslashes = 0, non_ascii = 0;
  char tail[64];
  deep.clear();
  for (std::size_t base = 0; base < size; base += 64, ++blocks) {
    const char* block = text + base;
    std::uint64_t used = ~std::uint64_t{0};
    if (size - base < 64) {
      __builtin_memset(tail, ' ', sizeof tail);
      __builtin_memcpy(tail, block, size - base);
      block = tail;
      used = (std::uint64_t{1} << (size - base)) - 1;
    }
    Masks m = classify(block);
    non_ascii |= m.non_ascii;
    std::uint64_t quote = m.quote;
    if (__builtin_expect((m.backslash | carry.escaped) != 0, 0)) {
      const std::uint64_t escaped = find_escaped(m.backslash, carry.escaped);
      quote &= ~escaped;
      backslashes |= m.backslash;
      for (std::uint64_t left = m.backslash & ~escaped; left != 0; left &= left - 1)
        if (!is_escape(text, size, base + static_cast<std::size_t>(__builtin_ctzll(left)) + 1)) bad |= 1;
    }
    const std::uint64_t in_string = prefix_xor(quote) ^ carry.in_string;
    carry.in_string = 0 - (in_string >> 63);
    const std::uint64_t opening = quote & in_string;
    const std::uint64_t closing = quote & ~in_string;
    bad |= m.control & in_string;
    const std::uint64_t outside = ~(in_string | closing);
    const std::uint64_t white = m.white & outside;
    m.open_object &= outside;
    m.close_object &= outside;
    m.open_array &= outside;
    m.close_array &= outside;
    m.comma &= outside;
    m.colon &= outside;
    const std::uint64_t opens = m.open_object | m.open_array;
    const std::uint64_t all_brackets = opens | m.close_object | m.close_array;
    const std::uint64_t scalar = outside & ~(white | all_brackets | m.comma | m.colon);
    const std::uint64_t behind_scalar = shift_in(scalar, carry.scalar);
    const std::uint64_t scalar_start = scalar & ~behind_scalar;
    const std::uint64_t digits = m.digit & scalar;
    const std::uint64_t behind_digit = shift_in(digits, carry.digit);
    // 0 begins a number only alone; a minus may stand before it.
    const std::uint64_t pending = carry.dot | carry.exponent | carry.sign | carry.fraction_run | carry.exponent_run;
    std::uint64_t number_start = scalar_start;
    if ((scalar & ~digits) != 0 || pending != 0) {
      number_start |= carry.sign & ~carry.exponent_sign;
      bad |= check_scalars(text, size, base, block, scalar, scalar_start, digits, behind_digit, carry);
      number_start |= (scalar_start & ~digits) << 1;
    } else {
      carry.word = 0;
    }
    bad |= shift_in(m.zero & digits & number_start, carry.zero) & digits;

    std::int32_t lowest = 0;
    const std::uint64_t inside_object =
        pair_brackets(base == 0 ? all_brackets & ~std::uint64_t{1} : all_brackets, opens,
                      m.open_object | m.close_object, brackets, lowest, bad, deep, carry.is_object);
    if (brackets.depth == 0 && base + 64 < size) bad |= 1;

    std::uint64_t names = 0;
    bad |= white == 0 ? check_order<false>(m, white, inside_object, opening, closing, in_string, scalar, scalar_start,
                                           behind_scalar, names, carry)
                      : check_order<true>(m, white, inside_object, opening, closing, in_string, scalar, scalar_start,
                                          behind_scalar, names, carry) &
                            used;
    *blocks = {names | all_brackets, all_brackets, opens, closing, brackets.depth, lowest};
    if (__builtin_expect(bad != 0, 0)) break;
  }
  result.is_json = bad == 0 && brackets.depth == 0 && carry.in_string == 0;
  result.escapes = backslashes != 0;
  result.non_ascii = non_ascii != 0;
  return result;
}
