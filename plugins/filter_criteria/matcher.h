// Compiled filters, and their verdict on a record's value.
//
// The joint of this folder: compile() takes the text of patterns, match() the bytes of a value; nothing else of the
// engine is seen outside. Filters are ORed. A value is JSON when it is one JSON object, else plain text; when no filter
// speaks of its form, when it is not UTF-8 or there is none, the verdict is kOtherFormat.
//
// Immutable: many threads may match at once, each with a Scratch of its own.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event.h"
#include "pattern.h"

namespace filter_criteria {

enum class Verdict {
  kMatch,
  kNoMatch,
  kOtherFormat,
  kTooComplex,  // joining the entries of arrays took more than kMostSteps
};

class Matcher {
 public:
  static constexpr std::size_t kMostSteps = 4'000'000;  // a tenth of a second; real events take tens

  struct Scratch {  // buffers that stay from record to record
    Event event;
  };

  // Throws PatternError; its `filter` says which of the patterns.
  static Matcher compile(std::span<const std::string> patterns);

  // value.data() == nullptr: the record has none (a tombstone).
  Verdict match(std::string_view value, Scratch& scratch) const;

 private:
  struct IndexedField {
    std::size_t path;  // into paths_
    std::vector<Alternative> alternatives;
  };
  using IndexedRule = std::vector<IndexedField>;

  Verdict match_json(const Event& event) const;
  Verdict match_rule(const IndexedRule& rule, const Event& event) const;

  std::vector<std::string> paths_;  // of all JSON rules, below `value`; sorted
  std::vector<IndexedRule> json_rules_;
  std::vector<std::vector<Alternative>> text_rules_;
};

}  // namespace filter_criteria
