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

Answer RuleMatch::join(const std::vector<FieldMatch>& fields) {
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

Answer RuleMatch::search(const std::vector<FieldMatch>& fields) {
  chosen_.clear();
  const auto& nodes = event_.nodes();
  ends_.resize(nodes.size());
  for (std::uint32_t node = 0; node < nodes.size(); ++node) ends_[node] = node + 1;
  for (std::size_t node = nodes.size(); node-- > 1;)  // nodes are numbered from the outside to the inside
    ends_[nodes[node].parent] = std::max(ends_[nodes[node].parent], ends_[node]);
  const bool found = satisfies(fields, 0);
  return too_complex_ ? Answer::kTooComplex : found ? Answer::kYes : Answer::kNo;
}

// Where no value may be that is to meet the chosen ones: in other entries of the arrays around them. Sorted.
std::vector<RuleMatch::Interval> RuleMatch::excluded_by_chosen() {
  std::vector<Interval> excluded;
  const auto& nodes = event_.nodes();
  std::size_t steps = 1;
  for (std::uint32_t node : chosen_)
    for (; node != Event::kRoot; node = nodes[node].parent, ++steps) {
      const std::uint32_t parent = nodes[node].parent;
      if (!nodes[parent].is_array) continue;
      excluded.emplace_back(parent, node);
      excluded.emplace_back(ends_[node], ends_[parent]);
    }
  spend(steps);
  std::sort(excluded.begin(), excluded.end());
  return excluded;
}

bool RuleMatch::satisfies(const std::vector<FieldMatch>& fields, std::size_t index) {
  if (index == fields.size()) return true;
  const FieldMatch& field = fields[index];
  const std::vector<Interval> excluded = excluded_by_chosen();
  // Calls `at` for each node that is consistent with all chosen ones, until it answers true.
  const auto any_consistent = [&](const std::vector<std::uint32_t>& candidates, auto&& at) {
    auto hole = excluded.begin();
    for (auto node = candidates.begin(); node != candidates.end();) {
      while (hole != excluded.end() && hole->second <= *node) ++hole;
      if (hole != excluded.end() && hole->first <= *node) {
        node = std::lower_bound(node, candidates.end(), hole->second);
        continue;
      }
      if (too_complex_ || at(*node)) return true;
      ++node;
    }
    return false;
  };
  const bool found = any_consistent(field.taken, [&](std::uint32_t node) {
    chosen_.push_back(node);
    if (satisfies(fields, index + 1)) return true;
    chosen_.pop_back();
    return too_complex_;
  });
  if (found) return !too_complex_;
  if (!field.may_be_absent) return false;
  if (any_consistent(field.seen, [](std::uint32_t) { return true; })) return false;
  return !too_complex_ && satisfies(fields, index + 1);
}

}  // namespace millrace::filter
