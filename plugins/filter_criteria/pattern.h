// A filter pattern, parsed: rules of fields of alternatives.
//
// A pattern matches when one of its rules does ($or makes several of one), a rule when all its fields do, and a field
// when one of its alternatives takes one of the values found at its path. Fields are sorted by path: the order in which
// `exists: false` looks at what the fields before it chose.
//
// pattern_parser.cc makes it, matcher.cc reads it. Immutable once made.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "number.h"

namespace filter_criteria {

struct ExactString {
  std::string text;
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
struct AnythingBut {  // takes every value that is none of these
  std::vector<std::string> strings, prefixes, suffixes;
  std::vector<Number> numbers;
};
struct Numeric {
  struct Bound {
    double value;
    bool inclusive;
  };
  std::optional<Bound> low, high;
};
struct Exists {};
struct Absent {};  // exists: false

using Alternative =
    std::variant<ExactString, ExactNumber, ExactLiteral, Prefix, Suffix, AnythingBut, Numeric, Exists, Absent>;

struct Field {
  std::string path;  // member names joined with dots, from `value` on
  std::vector<Alternative> alternatives;
};

struct Rule {
  std::vector<Field> fields;
};

using Pattern = std::vector<Rule>;

// What is wrong with a pattern, and where.
struct PatternError : std::runtime_error {
  explicit PatternError(const std::string& message) : std::runtime_error(message) {}

  std::string id;             // "MR6002"
  std::string place;          // JSON pointer into the pattern: "/value/total/0"; "" is the whole of it
  std::size_t character = 1;  // where in the pattern's text, counted from 1
  std::size_t filter = 0;     // which of several patterns
};

inline constexpr std::size_t kMostCharacters = 4096;  // of a pattern's text, as AWS has it
inline constexpr std::size_t kMostPaths = 256;        // of a rule
inline constexpr std::size_t kMostRules = 1000;       // that the $or of one pattern may multiply to

// Parses a pattern of FilterCriteria (`value` at its top). Throws PatternError.
Pattern parse_pattern(std::string_view text);

}  // namespace filter_criteria
