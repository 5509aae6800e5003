// The pattern language once more, as plainly as it can be written, to judge the engine by and to explain verdicts.
//
// It shares no code and no idea with the engine: a value becomes a tree, the tree a list of everything at every path,
// and a rule is tried by going through the values of its fields one after the other. Nothing is fast.
//
// Tests and fuzzers compare the engine with it; `millrace filter eval` takes its reasons from it. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pattern.h"

namespace millrace::filter::reference {

enum class Verdict {
  kMatch,
  kNoMatch,
  kOtherForm,   // no rule speaks of it: JSON where all are for text, or the reverse
  kNotUtf8,     // no rule speaks of it
  kNoValue,     // no rule speaks of it
  kTooComplex,  // the arrays of the event can be joined in too many ways for this plain search
};

struct Reason {
  Verdict verdict = Verdict::kNoMatch;
  std::string path;     // where it failed, from `value` on: of the rule that came closest
  std::string seen;     // what stood there, as JSON, shortened; "" for nothing
  std::string message;  // a sentence for a person
};

// nullopt stands for a record without a value.
Verdict judge(const Pattern& pattern, std::optional<std::string_view> value);
// As event-ruler 2.0.1 would have it: once an entry of an array was chosen, it forgets those values of a path that
// stand outside the array, if others of the same path stand inside. That takes a duplicate member in the event.
bool matches_by_entry_only(const Pattern& pattern, std::string_view value);
Reason explain(const Pattern& pattern, std::optional<std::string_view> value);

}  // namespace millrace::filter::reference
