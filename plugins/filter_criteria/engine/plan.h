// What a Filter is inside: rules, each of a part for the value, a part for the key and flat fields.
//
// A rule matches when all its parts do. The JSON parts of all rules are asked together by a JsonMatcher, in one pass
// over the text; flat fields (plain text, topic, headers and the like) have at most a few values and are asked one by
// one. Immutable.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "filter.h"
#include "json_matcher.h"
#include "pattern.h"

namespace millrace::filter {

struct Scratch::State {
  JsonMatcher::Scratch value, key;
  std::optional<Form> key_form;  // once the key was read
};

struct Filter::Plan {
  enum class Source : std::uint8_t { kValueText, kKeyText, kHeader, kTopic, kPartition, kOffset, kTimestamp };

  struct FlatField {
    Source source;
    std::string header;  // its name
    std::vector<Alternative> alternatives;
  };
  struct PlanRule {
    std::size_t pattern = 0;
    bool only_value_part = false;   // says nothing beyond value_part
    Form value_form = Form::kNone;  // what it speaks of: nothing, JSON or text
    std::optional<std::size_t> value_part, key_part;
    bool key_may_be_absent = false;  // key_part holds of a record without fields in its key
    std::optional<FlatField> value_text;
    std::vector<FlatField> flat;
  };

  Options options;
  std::size_t patterns = 0;
  std::vector<PlanRule> rules;
  JsonMatcher values, keys;
  bool are_value_parts = true;  // rule, pattern and part of the value have one number, and there is nothing else
  bool speaks_of_json = false, speaks_of_text = false, speaks_of_any = false;

  void add(Rule rule, std::size_t pattern);
  Verdict judge(const Record& record, Scratch::State& scratch) const;
  bool match(std::string_view value, Scratch::State& scratch, std::span<std::uint64_t> matched) const;

 private:
  Form read(std::string_view value, Scratch::State& scratch, bool may_end_search) const {
    return value.data() == nullptr ? Form::kNone : values.run(value, scratch.value, may_end_search);
  }
  // A pattern matches when its part is satisfied, and their bits fit in a word.
  bool is_told_by_walk(Form form, const Scratch::State& scratch) const noexcept {
    return form == Form::kJson && are_value_parts && scratch.value.is_told_by_walk;
  }
  Verdict judge_form(Form form, const Record& record, Scratch::State& scratch, std::uint64_t* matched) const;
  Answer ask(const PlanRule& rule, const Record& record, Form form, Scratch::State& scratch) const;
  Answer ask_rest(const PlanRule& rule, const Record& record, Scratch::State& scratch) const;
};

}  // namespace millrace::filter
