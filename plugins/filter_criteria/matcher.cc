#include "matcher.h"

#include <algorithm>

#include "alternative.h"
#include "rule_match.h"

namespace filter_criteria {
namespace {

constexpr std::string_view kValuePath = "value";
constexpr std::size_t kBelowValue = std::string_view("value.").size();

bool takes_any(const std::vector<Alternative>& alternatives, const Value& value) {
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [&](const Alternative& alternative) { return takes(alternative, value); });
}

void add_node(std::vector<std::uint32_t>& nodes, std::uint32_t node) {
  if (nodes.empty() || nodes.back() != node) nodes.push_back(node);
}

}  // namespace

Matcher Matcher::compile(std::span<const std::string> patterns) {
  Matcher matcher;
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    try {
      Pattern pattern = parse_pattern(patterns[i]);
      std::move(pattern.begin(), pattern.end(), std::back_inserter(rules));
    } catch (PatternError& error) {
      error.filter = i;
      throw;
    }
  }
  for (const Rule& rule : rules)
    for (const Field& field : rule.fields)
      if (field.path != kValuePath) matcher.paths_.push_back(field.path.substr(kBelowValue));
  std::sort(matcher.paths_.begin(), matcher.paths_.end());
  matcher.paths_.erase(std::unique(matcher.paths_.begin(), matcher.paths_.end()), matcher.paths_.end());

  for (Rule& rule : rules) {
    if (rule.fields.front().path == kValuePath) {
      matcher.text_rules_.push_back(std::move(rule.fields.front().alternatives));
      continue;
    }
    IndexedRule& indexed = matcher.json_rules_.emplace_back();
    for (Field& field : rule.fields) {
      const auto path = std::lower_bound(matcher.paths_.begin(), matcher.paths_.end(), field.path.substr(kBelowValue));
      indexed.push_back({static_cast<std::size_t>(path - matcher.paths_.begin()), std::move(field.alternatives)});
    }
  }
  return matcher;
}

Verdict Matcher::match(std::string_view value, Scratch& scratch) const {
  if (value.data() == nullptr) return Verdict::kOtherFormat;
  if (scratch.event.read(value, paths_)) return json_rules_.empty() ? Verdict::kOtherFormat : match_json(scratch.event);
  if (text_rules_.empty() || !is_utf8(value)) return Verdict::kOtherFormat;
  const Value text{Value::Kind::kString, Event::kRoot, value};
  const bool matches = std::any_of(text_rules_.begin(), text_rules_.end(),
                                   [&](const auto& alternatives) { return takes_any(alternatives, text); });
  return matches ? Verdict::kMatch : Verdict::kNoMatch;
}

Verdict Matcher::match_json(const Event& event) const {
  bool too_complex = false;
  for (const IndexedRule& rule : json_rules_) {
    const Verdict verdict = match_rule(rule, event);
    if (verdict == Verdict::kMatch) return verdict;
    too_complex = too_complex || verdict == Verdict::kTooComplex;
  }
  return too_complex ? Verdict::kTooComplex : Verdict::kNoMatch;
}

Verdict Matcher::match_rule(const IndexedRule& rule, const Event& event) const {
  std::vector<FieldMatch> fields;
  bool joins = false;     // some field has values inside arrays only
  bool searches = false;  // some field may be absent, depending on the entries that the others choose
  for (const IndexedField& field : rule) {
    const std::vector<Value>& values = event.values(field.path);
    FieldMatch match;
    for (const Alternative& alternative : field.alternatives)
      if (std::holds_alternative<Absent>(alternative)) match.may_be_absent = true;
    if (values.empty()) {
      if (!match.may_be_absent) return Verdict::kNoMatch;
      continue;
    }
    bool taken_at_root = false;
    bool seen_at_root = false;
    for (const Value& value : values) {
      if (match.may_be_absent) add_node(match.seen, value.node);
      seen_at_root = seen_at_root || value.node == Event::kRoot;
      if (!takes_any(field.alternatives, value)) continue;
      add_node(match.taken, value.node);
      taken_at_root = taken_at_root || value.node == Event::kRoot;
    }
    if (seen_at_root) match.may_be_absent = false;  // a value outside all arrays is consistent with everything
    if (match.taken.empty() && !match.may_be_absent) return Verdict::kNoMatch;
    searches = searches || match.may_be_absent;
    joins = joins || !taken_at_root;
    fields.push_back(std::move(match));
  }
  if (!joins) return Verdict::kMatch;
  RuleMatch match(event, kMostSteps);
  switch (searches ? match.search(fields) : match.join(fields)) {
    case RuleMatch::Answer::kYes:
      return Verdict::kMatch;
    case RuleMatch::Answer::kNo:
      return Verdict::kNoMatch;
    case RuleMatch::Answer::kTooComplex:
      break;
  }
  return Verdict::kTooComplex;
}

}  // namespace filter_criteria
