// The parts of compiled patterns that speak of one JSON text, and which of them it satisfies.
//
// A part is what one rule says of the text: fields that must all be satisfied together. run() tells the form of the
// text and sets an answer for each part. plan.cc makes one of these for values and one for keys.
//
// Immutable; a Scratch belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "event.h"
#include "field_tree.h"
#include "pattern.h"
#include "rule_match.h"
#include "scan.h"
#include "walk.h"

namespace millrace::filter {

enum class Form : std::uint8_t { kNone, kJson, kText, kNotUtf8 };

class JsonMatcher {
 public:
  static constexpr std::size_t kMostSteps = 4'000'000;  // a tenth of a second; real events take tens

  struct Scratch {
    // A part is satisfied when the walk has nothing left of it: no absence is asked for, and no entries of arrays have
    // to be joined.
    bool is_told_by_walk = false;
    std::vector<Answer> answers;  // by part, otherwise

    Blocks blocks;
    std::vector<std::uint64_t> deep;
    Walk walk;
    Event event;                              // for parts that join arrays,
    std::optional<bool> event_is_json;        // once one of them had it read
    std::vector<FieldMatch> fields;           // of such a part; only their memory is kept
    std::vector<std::uint8_t> is_everywhere;  // by field: some value outside all entries satisfies it
    RuleMatch joins;
  };

  JsonMatcher();

  // Paths are those of the text alone. Returns the number of the part. ends_search: when it is satisfied and run() may
  // end the search, nothing else need be known.
  std::size_t add(std::vector<Field> part, bool ends_search);
  void finish(bool full);  // after the last add(); full: texts are checked to their end

  // kJson: answer() knows of each part. kText, kNotUtf8: it is no JSON object.
  Form run(std::string_view text, Scratch& scratch, bool may_end_search) const;

  static Answer answer(const Scratch& scratch, std::size_t part) {
    if (!scratch.is_told_by_walk) return scratch.answers[part];
    return scratch.walk.left()[part] == 0 ? Answer::kYes : Answer::kNo;
  }

 private:
  struct IndexedField {
    std::size_t path;  // into paths_
    std::vector<Alternative> alternatives;
  };
  using Part = std::vector<IndexedField>;

  Form form_of_text(std::string_view text) const noexcept;
  void set_answers(std::string_view text, Scratch& scratch) const;
  Answer join(const Part& part, std::string_view text, Scratch& scratch) const;

  std::vector<std::vector<Field>> added_;
  std::vector<std::string> paths_;
  std::vector<Part> parts_;
  ScanFunction scan_;
  bool full_ = true;
  FieldNode root_;
  NameStarts starts_;  // of the names in it
  Walk::Parts slots_;
  std::vector<std::uint8_t> may_be_absent_;  // by slot
  bool asks_for_absence_ = false;            // some of these may be absent
};

}  // namespace millrace::filter
