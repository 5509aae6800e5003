// A pattern, read for the reference: rules of fields of alternatives, as section by section of the language has it.
//
// Every alternative is one predicate on one value; `exists: false` is the only one that speaks of a field as a whole.
// A path that is written again inside one rule replaces what stood there.
//
// Immutable once made; confined to the reference.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json.h"

namespace millrace::filter::reference {

struct Value {
  Json::Kind kind;   // never an object or array
  std::string text;  // a string decoded, anything else as written
};

struct Alternative {
  enum class Kind {
    kExact,   // texts[0], of `type`
    kPrefix,  // of texts, as all below
    kSuffix,
    kIgnoreCase,
    kPrefixIgnoreCase,
    kSuffixIgnoreCase,
    kWildcard,
    kCidr,
    kNumeric,
    kExists,
    kAbsent,
  };
  Kind kind = Kind::kExact;
  bool anything_but = false;  // takes every value that the rest of it would not take
  Json::Kind type = Json::Kind::kString;
  bool is_bare = false;  // a string that stands by itself: if it is an address, any spelling of it will do
  std::vector<std::string> texts = {};
  std::string low_sign = {}, high_sign = {};  // "" for none; "=" as low_sign alone
  double low = 0, high = 0;
  std::string network = {};  // bits that an address has to begin with
  bool network_is_v4 = false;

  bool takes(const Value& value) const;
};

// The order of paths in which a rule is tried: by UTF-16 code unit.
struct PathOrder {
  bool operator()(const std::string& a, const std::string& b) const;
};

using Rule = std::map<std::string, std::vector<Alternative>, PathOrder>;  // by path, from `value` on

struct Pattern {
  std::vector<Rule> rules;
  std::string error;  // not empty: the text is no pattern, and why

  static Pattern parse(std::string_view text);
};

}  // namespace millrace::filter::reference
