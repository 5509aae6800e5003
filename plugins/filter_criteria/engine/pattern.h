// A filter pattern, parsed: rules of fields of alternatives.
//
// A pattern matches when one of its rules does ($or makes several of one), a rule when all its fields do, and a field
// when one of its alternatives takes one of the values found at its path. Fields are sorted by path: the order in which
// `exists: false` looks at what the fields before it chose.
//
// pattern_parser.cc makes it; plan.cc takes it apart, and its alternatives live on in flat fields and in a JsonMatcher,
// whose tests refer to them. An alternative does not change once made.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "address.h"
#include "filter.h"
#include "fold.h"
#include "number.h"
#include "wildcard.h"

namespace millrace::filter {

struct ExactString {
  std::string text;
  std::optional<Address> address;  // when it is one: then other spellings of it are taken too
};
struct ExactNumber {
  std::string spelling;
  Number number;
};
struct ExactLiteral {  // true, false or null
  std::string spelling;
};
struct Prefix {
  std::string text;
};
struct Suffix {
  std::string text;
};
struct IgnoreCase {
  enum class Part { kAll, kPrefix, kSuffix };
  FoldedText text;
  Part part;
};
struct AnythingBut {  // takes every value that is none of these
  std::vector<std::string> strings, prefixes, suffixes;
  std::vector<FoldedText> folded;
  std::vector<Wildcard> wildcards;
  std::vector<Number> numbers;
  std::vector<std::string> number_spellings;  // of the same numbers
};
struct Numeric {
  struct Bound {
    Number number;
    std::string spelling;
    bool inclusive;
  };
  std::optional<Bound> low, high;
};
struct Exists {};
struct Absent {};  // exists: false

using Alternative = std::variant<ExactString, ExactNumber, ExactLiteral, Prefix, Suffix, IgnoreCase, Wildcard,
                                 AddressRange, AnythingBut, Numeric, Exists, Absent>;

struct Field {
  std::string path;  // member names joined with dots, from the pattern's top level on
  std::vector<Alternative> alternatives;
};

struct Rule {
  std::vector<Field> fields;
};

using Pattern = std::vector<Rule>;

inline constexpr std::size_t kMostPaths = 256;  // of a rule, whatever the options say

// What is wrong with a pattern, and where. Stays inside the engine: compile() makes an Error of it.
struct PatternError : std::runtime_error {
  explicit PatternError(const std::string& message) : std::runtime_error(message) {}

  std::string id;
  std::string pointer;
  std::size_t offset = 0;
};

// Parses one pattern. Throws PatternError.
Pattern parse_pattern(std::string_view text, const Options& options);

}  // namespace millrace::filter
