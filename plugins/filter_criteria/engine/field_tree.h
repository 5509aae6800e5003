// The member names that patterns ask for, as a tree, and at its leaves what is asked of the values there.
//
// Names are split at dots, so "a.b" is the same place as b inside a, in patterns and in events. Each leaf has tests;
// a test that takes a value satisfies its slot, which is one field of one part (json_matcher.h). The alternatives of a
// field become tests of one slot.
//
// Made by JsonMatcher; immutable then.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decimal.h"
#include "pattern.h"
#include "scan.h"

namespace millrace::filter {

// A set of strings: few are compared one by one, many are searched.
class TextSet {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  void finish();
  bool empty() const noexcept { return texts_.empty(); }
  bool contains(std::string_view text) const noexcept;

 private:
  std::vector<std::string> texts_;  // by size, then by text
};

// The first and the last eight bytes of a text, with zeros where it is shorter; the last byte is the highest.
struct TextEnds {
  std::uint64_t head = 0, tail = 0;
  std::size_t size;

  // readable: the bytes that may be read from text.data() on, when they are more than the text.
  explicit TextEnds(std::string_view text, std::size_t readable = 0) noexcept : size(text.size()) {
    if (size >= 8) {
      std::memcpy(&head, text.data(), 8);
      std::memcpy(&tail, text.data() + size - 8, 8);
    } else if (readable >= 8 && size != 0) {
      std::memcpy(&head, text.data(), 8);
      tail = head << (8 * (8 - size));
      head = tail >> (8 * (8 - size));
    } else {
      for (std::size_t i = size; i-- > 0;) head = head << 8 | static_cast<unsigned char>(text[i]);
      tail = size == 0 ? 0 : head << (8 * (8 - size));
    }
  }
};

struct StringTest {
  enum class Kind : std::uint8_t {
    kExact,
    kOneOf,
    kPrefix,
    kSuffix,
    kFolded,
    kFoldedPrefix,
    kFoldedSuffix,
    kWildcard,
    kAddress,
    kRange,
    kAnythingBut,  // what has more than one exception
    kAny
  };
  // First in memory, for each value is looked at by it: what finish() takes from the text. Which bytes at either end
  // must be what, and how many there are; and what is known of a value for which that is so, and of others
  enum class Look : std::uint8_t { kNotTaken, kTaken, kUnknown };
  std::uint64_t head = 0, head_mask = 0, tail = 0, tail_mask = 0;
  std::uint64_t head_case = 0, tail_case = 0;  // bits that make letters lower case where case does not count
  std::size_t least = 0, most = ~std::size_t{0};
  Look if_so = Look::kUnknown, if_not = Look::kNotTaken;

  Kind kind;
  bool is_exception = false;  // takes what its kind does not: anything but that
  std::uint32_t slot;
  std::string text = {};
  TextSet set = {};
  const FoldedText* folded = nullptr;  // what kinds are about that text and set do not hold
  const Wildcard* wildcard = nullptr;
  const Alternative* alternative = nullptr;

  void except(const AnythingBut& but);  // before finish(): it takes what is none of these, which have to outlive it
  void finish();
  Look look(const TextEnds& value) const noexcept {
    const std::uint64_t other_head = ((value.head | head_case) ^ head) & head_mask;
    const std::uint64_t other_tail = ((value.tail | tail_case) ^ tail) & tail_mask;
    const bool is_so = (other_head | other_tail) == 0 && value.size >= least && value.size <= most;
    return is_so ? if_so : if_not;
  }
  bool takes(std::string_view value) const noexcept { return is_of_kind(value) != is_exception; }

 private:
  bool is_of_kind(std::string_view value) const noexcept;
  void look_for(std::string_view first, std::string_view last);
};

struct NumberTest {
  enum class Kind : std::uint8_t { kExact, kSpelling, kRange, kAnythingBut, kAny };
  Kind kind;
  bool low_inclusive = false, high_inclusive = false;
  std::uint32_t slot;
  // For a quick look: Decimal::order() of the least and of the most that it may take
  std::int64_t least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  std::optional<Decimal> low, high;  // kExact: low
  std::string spelling = {};
  std::vector<Decimal> excluded = {};

  bool may_take(const Decimal& value) const noexcept { return value.order() >= least && value.order() <= most; }
  // Whether a double holds the value is found out once a value, and only when a range needs it.
  enum class Holds : std::uint8_t { kUnknown, kYes, kNo };
  bool takes(const Decimal& value, std::string_view text, Holds& holds) const noexcept;
};

struct FieldNode {
  struct Name {
    std::uint64_t head, mask;  // the first eight bytes, and which of them count
    std::uint64_t tail;        // the last eight bytes, of a longer one
    std::string text;
    std::unique_ptr<FieldNode> node;
  };

  std::vector<Name> names;
  std::vector<std::uint32_t> order;  // into names, by text; used when there are many
  std::vector<StringTest> strings;
  std::vector<NumberTest> numbers;
  struct LiteralTest {
    std::uint32_t slot;
    char first;  // of true, false, null; 0 takes any
  };
  std::vector<LiteralTest> literals;
  std::vector<std::uint32_t> absent;  // slots that may be absent: any value is seen by them

  bool is_leaf = false;  // something is asked of values

  // Adds the place of a dotted path.
  FieldNode& at(std::string_view path);
  void add(std::uint32_t slot, const std::vector<Alternative>& alternatives);
  void finish();
  void add_starts(NameStarts& starts) const;  // of all names below

  // The place of a member called `name`, or nullptr. readable: the bytes that may be read from name.data() on.
  const FieldNode* find(std::string_view name, std::size_t readable) const noexcept {
    if (!order.empty()) return find_among_many(name);
    std::uint64_t head = 0;
    if (readable >= 8) {
      std::memcpy(&head, name.data(), 8);
    } else {
      std::memcpy(&head, name.data(), readable);
    }
    for (const Name& candidate : names) {
      if (((head ^ candidate.head) & candidate.mask) != 0) continue;
      if (const FieldNode* node = find_slowly(candidate, name); node != nullptr) return node;
    }
    return nullptr;
  }

 private:
  static const FieldNode* find_slowly(const Name& candidate, std::string_view name) noexcept;
  const FieldNode* find_among_many(std::string_view name) const noexcept;
};

}  // namespace millrace::filter
