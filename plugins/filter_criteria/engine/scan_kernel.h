// The body of scan.h's kernels, over the masks that each of them makes in its own way. Included inside a namespace of
// the kernel, behind what makes masks there (scan_words.h, scan_avx2_masks.h, scan_avx512_masks.h), classes and
// Nesting.
//
// Bits is a mask, one bit for each byte of a chunk; a bracket, comma, colon, string or scalar is a token. Each rule of
// the grammar speaks of a token and of what stands in front of it ("no } behind a comma"), so a mask moved up by one
// byte checks a whole chunk against it. All that reaches over the end of a chunk is in Carry.

struct Carry {
  bool escaped = false;  // the first byte is escaped
  bool in_string = false;
  bool in_name = false;
  bool fraction_run = false, exponent_run = false;  // inside such digits
  bool exponent_begins = false;                     // behind its letter or sign
  bool word_goes_on = false;
  // Masks of which the last bit counts
  Bits scalar = none(), digit = none(), zero = none(), dot = none(), sign = none();
  Bits exponent = none(), exponent_sign = none(), word = none();  // with the two before
  Bits separator = none(), kind = none(), name_end = none();
  Bits open = last_bit();                            // as if the text stood in an array
  bool object_before = false, array_before = false;  // the text behind the last bracket is in one

  Carry() {}  // gcc compiles a constructor of its own making without AVX-512
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

// Moves the starts of tokens behind the white space that they are in. True when it goes on in the next chunk.
[[gnu::always_inline]] inline bool skip_white(Bits& starts, Bits white) {
  bool goes_on = false;
  const Bits sum = add(white, starts & white, goes_on);
  starts = (starts | sum) & ~white;
  return goes_on;
}

// The bytes behind runs of backslashes of odd length: those that are escaped, but for the backslashes in such a run.
// carry: the first byte of this chunk is, and that of the next one. A run carries to the byte behind it, so where it
// begins and where it ends, at an even byte or an odd one, tell its length.
[[gnu::noinline]] inline Bits find_escaped(Bits backslash, bool& carry) {
  const Bits first = carry ? first_bit() : none();
  const Bits runs = backslash & ~first;
  Bits before = none();
  const Bits starts = runs & ~shift_in(runs, before);
  bool even_goes_on = false, odd_goes_on = false;
  const Bits behind_even = add(runs, starts & even_bits(), even_goes_on);
  const Bits behind_odd = add(runs, starts & ~even_bits(), odd_goes_on);
  carry = odd_goes_on;  // the last byte is an odd one
  return first | (((behind_even & ~even_bits()) | (behind_odd & even_bits())) & ~runs);
}

struct Scalars {
  Bits all, starts;
  Bits digits, zeros, dots, minuses;
  Bits rest;  // words and exponents
};

// Faults in words, by a look at each of them.
[[gnu::always_inline]] inline Bits check_words(const char* text, std::size_t size, std::size_t base, Bits word,
                                               Bits starts, Carry& carry) {
  if (!carry.word_goes_on) carry.word = none();
  const Bits words = word & ~shift_in(word, carry.word);
  carry.word_goes_on = any(word & last_bit());
  bool are_words = true;
  for_each(words, [&](std::size_t at) { are_words = are_words && is_word(text, size, base + at); });
  return (words & ~starts) | (are_words ? none() : first_bit());
}

// Faults in numbers with exponents, and in words.
inline Bits check_rest(const char* text, std::size_t size, std::size_t base, const Scalars& s, Bits exponent, Bits plus,
                       Bits behind_digit, Bits behind_dot, Carry& carry) {
  if (!carry.exponent_begins) carry.exponent = carry.exponent_sign = none();
  const Bits signs = plus | s.minuses;
  const Bits word = s.rest & ~(exponent | plus);
  const Bits behind_exponent = shift_in(exponent, carry.exponent);
  const Bits exponent_sign = signs & behind_exponent;
  const Bits behind_exponent_sign = shift_in(exponent_sign, carry.exponent_sign);
  carry.exponent_begins = any((exponent | exponent_sign) & last_bit());
  Bits bad = (s.dots & ~behind_digit) | (behind_exponent & ~(s.digits | signs)) |
             (shift_in(signs, carry.sign) & ~s.digits) | (plus & ~behind_exponent) |
             (s.minuses & ~(s.starts | behind_exponent));
  const Bits exponent_digits = (behind_exponent | behind_exponent_sign) & s.digits;
  bad |= add(s.digits, exponent_digits, carry.exponent_run) & (s.dots | exponent);
  bad |=
      shift_in(s.zeros & ~(behind_digit | behind_dot | behind_exponent | behind_exponent_sign), carry.zero) & s.digits;
  return bad | check_words(text, size, base, word, s.starts, carry);
}

// Faults in scalars. Digits carry, so a sum has its bits behind the runs of digits that the smaller mask begins.
[[gnu::always_inline]] inline Bits check_scalars(const char* text, std::size_t size, std::size_t base,
                                                 const Classes& classes, const Scalars& s, Carry& carry) {
  const Bits behind_dot = shift_in(s.dots, carry.dot);
  const Bits bad = (behind_dot & ~s.digits) | (add(s.digits, behind_dot, carry.fraction_run) & s.dots);
  Bits words = none();
  if (__builtin_expect(any(s.rest) || carry.exponent_run || carry.exponent_begins, 0)) {
    const Bits behind_digit = shift_in(s.digits, carry.digit);
    if (any(s.rest & behind_digit) || carry.exponent_run || carry.exponent_begins) {
      const Bits exponent = exponents(classes) & s.all & behind_digit;
      const Bits plus = pluses(classes) & s.all;
      Carry own = carry;  // one whose address is not taken stays in registers
      const Bits faults = check_rest(text, size, base, s, exponent, plus, behind_digit, behind_dot, own);
      carry = own;
      return bad | faults;
    }
    words = check_words(text, size, base, s.rest, s.starts, carry);
  } else {
    carry.word_goes_on = false;
    carry.digit = s.digits;
  }
  const Bits behind_minus = shift_in(s.minuses, carry.sign);
  return bad | words | (behind_minus & ~s.digits) | (s.dots & s.starts) | (s.minuses & ~s.starts) |
         (shift_in(s.zeros & (s.starts | behind_minus), carry.zero) & s.digits);  // 0 begins a number only alone
}

struct Tokens {
  Bits opens, close, comma, colon;
  Bits objects;             // among the brackets
  Bits opening, in_string;  // of strings; opening: the quote
  Bits scalar_starts;
  Bits white;
  Bits wanted, ends;
};

// What check_order() finds besides faults.
struct Found {
  Bits names = none();      // opening quotes that may begin the name of a member
  Bits in_object = none();  // brackets in front of which the text is directly in an object, to go by what is there

  Found() {}  // see Carry
};

// Faults in the order of tokens, but for what no neighbour tells: whether the text behind a container goes on as it did
// before. Nesting sees to that.
//
// Two brackets have between them what is directly in one container, so all of it has to agree on which: it is an array
// behind [ and where a comma has no name and colon behind it, an object behind { and where a colon is. What it ends in
// tells too: an opening bracket stands behind a colon or does not, and a closing one has its kind.
template <bool kHasWhite>
[[gnu::always_inline]] inline Bits check_order(const Tokens& t, Found& found, Carry& carry) {
  const Bits separator = shift_in(t.comma | t.colon, carry.separator);
  const Bits open = shift_in(t.opens, carry.open);
  const Bits kind = shift_in((t.opens & t.objects) | t.colon, carry.kind);
  Bits behind_comma = separator & ~kind, behind_colon = separator & kind;
  Bits in_array = open & ~kind, in_object = open & kind;
  if constexpr (kHasWhite) {
    if (skip_white(behind_comma, t.white)) carry.separator |= last_bit();
    if (skip_white(in_array, t.white)) carry.open |= last_bit();
    if (skip_white(behind_colon, t.white)) {
      carry.separator |= last_bit();
      carry.kind |= last_bit();
    }
    if (skip_white(in_object, t.white)) {
      carry.open |= last_bit();
      carry.kind |= last_bit();
    }
  }
  const Bits behind_separator = behind_comma | behind_colon;
  const Bits expects_value = behind_separator | in_array | in_object;
  found.names = (in_object | behind_comma) & t.opening;
  const Bits name_ends = add(t.in_string, found.names, carry.in_name) & ~t.in_string;
  Bits behind_name = shift_in(name_ends, carry.name_end);
  if constexpr (kHasWhite)
    if (skip_white(behind_name, t.white)) carry.name_end |= last_bit();
  const Bits brackets = t.opens | t.close;
  const auto next_bracket = [&](Bits from, bool& goes_on) {  // a bit carries through all that is no bracket
    return (add(~brackets, from & ~brackets, goes_on) | from) & brackets;
  };
  const Bits behind_object = next_bracket(in_object | t.colon, carry.object_before);
  const Bits behind_array =
      next_bracket(in_array | (behind_comma & ~t.opening) | (behind_name & ~t.colon), carry.array_before);
  found.in_object = (t.opens & behind_colon) | (t.close & t.objects);
  return ((t.opening | t.scalar_starts | t.opens) & ~expects_value) | ((t.comma | t.colon) & expects_value) |
         (t.close & behind_separator) | (in_object & ~(t.opening | t.close)) | (t.colon & ~behind_name) |
         (behind_object & ~found.in_object) | (behind_array & found.in_object);
}

template <bool kFull>
inline Scan scan(const char* text, std::size_t size, const NameStarts& starts, Blocks& blocks,
                 std::vector<std::uint64_t>& deep) {
  blocks.make_room(size);
  blocks.last_name = 0;
  const Tables tables = tables_for(starts);
  const Bits every_name = all_or_none(starts.are_all());
  Carry carry;
  Nesting nesting(deep);
  Bits bad = none(), not_ascii = none();
  bool has_escapes = false;
  alignas(64) char tail[kChunk];
  Classes next = kClassifiesAhead ? classify(tables, text, size, tail) : Classes{};
  const auto order = [&](const Tokens& t, std::size_t at) __attribute__((always_inline)) {
    Found found;
    bad |= __builtin_expect(!any(t.white & ~from(size - at)), 1) ? check_order<false>(t, found, carry)
                                                                 : check_order<true>(t, found, carry);
    const Bits names = found.names & t.wanted;
    const Bits all_brackets = t.opens | t.close;
    const Bits marks = names | all_brackets;
    note_marks(blocks, at / 64, marks, names);
    store(blocks.marks, at / 64, marks);
    store(blocks.brackets, at / 64, all_brackets);
    store(blocks.opens, at / 64, t.opens);
    store(blocks.ends, at / 64, t.ends);
    store(blocks.objects, at / 64, t.objects);
    nesting.add(at == 0 ? all_brackets & ~first_bit() : all_brackets, t.opens, t.objects, found.in_object);
  };
  Tokens before{};
  for (std::size_t base = 0; base < size; base += kChunk) {
    const Classes classes = kClassifiesAhead ? next : classify(tables, text + base, size - base, tail);
    if (kClassifiesAhead && size - base > kChunk)
      next = classify(tables, text + base + kChunk, size - base - kChunk, tail);
    not_ascii |= classes.foreign;
    Bits quote = classes.quote;
    const Bits backslash = classes.backslash;
    if (__builtin_expect(carry.escaped || any(backslash), 0)) {
      bool goes_on = carry.escaped;  // its address is taken, and Carry is to stay in registers
      const Bits escaped = find_escaped(backslash, goes_on);
      carry.escaped = goes_on;
      quote &= ~escaped;
      has_escapes = true;
      if constexpr (kFull)
        if (!are_escapes(text, size, base, escaped)) bad |= first_bit();
    }
    const Bits in_string = parity(quote, carry.in_string);
    bad |= classes.control & in_string;
    const Bits outside = ~(in_string | quote);
    const Bits token = classes.token & outside;  // but strings and scalars
    const Bits white = whites(classes, token);
    const Bits opens = opening(classes, token);
    const Bits close = closing(classes, token);
    const Bits comma = commas(classes, token);
    const Bits colon = colons(classes, token);
    const Bits scalar = outside & ~token;
    const Bits scalar_starts = scalar & ~shift_in(scalar, carry.scalar);
    if constexpr (kFull)
      bad |= check_scalars(text, size, base, classes,
                           {.all = scalar,
                            .starts = scalar_starts,
                            .digits = digits(classes) & scalar,
                            .zeros = zeros(classes) & scalar,
                            .dots = dots(classes) & scalar,
                            .minuses = minuses(classes) & scalar,
                            .rest = rest_of_scalars(classes) & scalar},
                           carry);
    const Bits may_begin = name_starts(classes) | backslash | classes.foreign;
    const bool next_may_begin = size - base > kChunk && starts.may_begin(text[base + kChunk]);
    const Tokens t{.opens = opens,
                   .close = close,
                   .comma = comma,
                   .colon = colon,
                   .objects = classes.curly,
                   .opening = quote & in_string,
                   .in_string = in_string,
                   .scalar_starts = scalar_starts,
                   .white = white,
                   .wanted = shift_down(may_begin, next_may_begin) | every_name,
                   .ends = quote & ~in_string};
    if (kClassifiesAhead) {
      if (base != 0) order(before, base - kChunk);
      before = t;
    } else {
      order(t, base);
    }
    if (__builtin_expect(any(bad), 0)) return {};
  }
  if (kClassifiesAhead) order(before, (size - 1) / kChunk * kChunk);
  Scan result;
  result.is_json = !any(bad) && !carry.in_string && nesting.is_right();
  result.escapes = has_escapes;
  result.non_ascii = any(not_ascii);
  return result;
}
