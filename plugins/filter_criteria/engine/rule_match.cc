#include "rule_match.h"

#include <algorithm>
#include <bitset>
#include <functional>
#include <map>

#include "pattern.h"

namespace millrace::filter {
namespace {

using FieldSet = std::bitset<kMostPaths>;
using Family = std::vector<FieldSet>;  // no set contains another

// Returns how many sets it looked at.
std::size_t add(Family& family, const FieldSet& set) {
  const std::size_t looked_at = family.size() + 1;
  for (const FieldSet& other : family)
    if ((set & other) == set) return looked_at;
  std::erase_if(family, [&](const FieldSet& other) { return (set & other) == other; });
  family.push_back(set);
  return looked_at;
}

}  // namespace

bool RuleMatch::spend(std::size_t steps) noexcept {
  if (steps > steps_left_) too_complex_ = true;
  if (too_complex_) return false;
  steps_left_ -= steps;
  return true;
}

RuleMatch::Answer RuleMatch::join(const std::vector<FieldMatch>& fields) {
  FieldSet all;
  std::map<std::uint32_t, FieldSet> own;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    all.set(i);
    for (const std::uint32_t node : fields[i].taken) own[node].set(i);
  }
  std::map<std::uint32_t, Family, std::greater<>> open;  // largest first: children are complete before their parent
  open[Event::kRoot] = {FieldSet{}};
  for (const auto& [node, set] : own) open[node] = {set};
  while (open.begin()->first != Event::kRoot) {
    const auto [node, family] = *open.begin();
    open.erase(open.begin());
    const Event::Node& here = event_.nodes()[node];
    Family& parent = open[here.parent];
    if (here.is_array) {  // the parent may use one entry of this array, or none, with what it has
      const Family before = parent.empty() ? Family{FieldSet{}} : parent;
      parent = before;
      for (const FieldSet& left : before)
        for (const FieldSet& right : family)
          if (!spend(add(parent, left | right))) return Answer::kTooComplex;
    } else {
      for (const FieldSet& set : family)
        if (!spend(add(parent, set))) return Answer::kTooComplex;
    }
  }
  const Family& root = open.begin()->second;
  return std::find(root.begin(), root.end(), all) != root.end() ? Answer::kYes : Answer::kNo;
}

RuleMatch::Answer RuleMatch::search(const std::vector<FieldMatch>& fields) {
  chosen_.clear();
  const bool found = satisfies(fields, 0);
  return too_complex_ ? Answer::kTooComplex : found ? Answer::kYes : Answer::kNo;
}

bool RuleMatch::satisfies(const std::vector<FieldMatch>& fields, std::size_t index) {
  if (index == fields.size()) return true;
  const FieldMatch& field = fields[index];
  for (const std::uint32_t node : field.taken) {
    if (too_complex_) return false;
    if (!is_consistent(node)) continue;
    chosen_.push_back(node);
    if (satisfies(fields, index + 1)) return true;
    chosen_.pop_back();
  }
  if (!field.may_be_absent) return false;
  for (const std::uint32_t node : field.seen)
    if (is_consistent(node)) return false;
  return !too_complex_ && satisfies(fields, index + 1);
}

bool RuleMatch::is_consistent(std::uint32_t node) {
  std::size_t steps = 1;
  const bool consistent = std::all_of(chosen_.begin(), chosen_.end(),
                                      [&](std::uint32_t other) { return event_.are_consistent(node, other, ++steps); });
  return spend(steps) && consistent;
}

}  // namespace millrace::filter
