#include "json_matcher.h"

#include <algorithm>

#include "alternative.h"

namespace millrace::filter {
namespace {

bool takes_any(const std::vector<Alternative>& alternatives, const Leaf& value) {
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [&](const Alternative& alternative) { return takes(alternative, value); });
}

void add_node(std::vector<std::uint32_t>& nodes, std::uint32_t node) {
  if (nodes.empty() || nodes.back() != node) nodes.push_back(node);
}

}  // namespace

std::size_t JsonMatcher::add(std::vector<Field> part) {
  for (const Field& field : part) paths_.push_back(field.path);
  added_.push_back(std::move(part));
  return added_.size() - 1;
}

void JsonMatcher::finish() {
  std::sort(paths_.begin(), paths_.end());
  paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
  for (std::vector<Field>& fields : added_) {
    Part& part = parts_.emplace_back();
    for (Field& field : fields) {
      const auto path = std::lower_bound(paths_.begin(), paths_.end(), field.path);
      part.push_back({static_cast<std::size_t>(path - paths_.begin()), std::move(field.alternatives)});
    }
  }
  added_.clear();
}

Form JsonMatcher::run(std::string_view text, Scratch& scratch) const {
  if (!scratch.event.read(text, paths_)) return is_utf8(text) ? Form::kText : Form::kNotUtf8;
  scratch.answers.clear();
  for (const Part& part : parts_) scratch.answers.push_back(ask(part, scratch.event));
  return Form::kJson;
}

Answer JsonMatcher::ask(const Part& part, const Event& event) const {
  std::vector<FieldMatch> fields;
  bool joins = false;     // some field has values inside arrays only
  bool searches = false;  // some field may be absent, depending on the entries that the others choose
  for (const IndexedField& field : part) {
    const std::vector<Leaf>& values = event.values(field.path);
    FieldMatch match;
    for (const Alternative& alternative : field.alternatives)
      if (std::holds_alternative<Absent>(alternative)) match.may_be_absent = true;
    if (values.empty()) {
      if (!match.may_be_absent) return Answer::kNo;
      continue;
    }
    bool taken_at_root = false;
    bool seen_at_root = false;
    for (const Leaf& value : values) {
      if (match.may_be_absent) add_node(match.seen, value.node);
      seen_at_root = seen_at_root || value.node == Event::kRoot;
      if (!takes_any(field.alternatives, value)) continue;
      add_node(match.taken, value.node);
      taken_at_root = taken_at_root || value.node == Event::kRoot;
    }
    if (seen_at_root) match.may_be_absent = false;  // a value outside all arrays is consistent with everything
    if (match.taken.empty() && !match.may_be_absent) return Answer::kNo;
    searches = searches || match.may_be_absent;
    joins = joins || !taken_at_root;
    fields.push_back(std::move(match));
  }
  if (!joins) return Answer::kYes;
  RuleMatch match(event, kMostSteps);
  switch (searches ? match.search(fields) : match.join(fields)) {
    case RuleMatch::Answer::kYes:
      return Answer::kYes;
    case RuleMatch::Answer::kNo:
      return Answer::kNo;
    case RuleMatch::Answer::kTooComplex:
      break;
  }
  return Answer::kTooComplex;
}

}  // namespace millrace::filter
