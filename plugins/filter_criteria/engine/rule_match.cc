#include "rule_match.h"

#include <algorithm>
#include <limits>

namespace millrace::filter {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

}  // namespace

// Returns how many sets it looked at.
std::size_t RuleMatch::add(Family& family, const FieldSet& set) {
  const std::size_t looked_at = family.size() + 1;
  for (const FieldSet& other : family)
    if ((set & other) == set) return looked_at;
  std::erase_if(family, [&](const FieldSet& other) { return (set & other) == other; });
  family.push_back(set);
  return looked_at;
}

void RuleMatch::begin(const Event& event, std::size_t most_steps) noexcept {
  event_ = &event;
  steps_left_ = most_steps;
  too_complex_ = false;
}

bool RuleMatch::spend(std::size_t steps) noexcept {
  if (steps > steps_left_) too_complex_ = true;
  if (too_complex_) return false;
  steps_left_ -= steps;
  return true;
}

// The family of a node, an empty one at first. References to other families end with the call.
std::uint32_t RuleMatch::family_of(std::uint32_t node) {
  if (family_of_[node] == kNone) {
    if (families_used_ == families_.size()) families_.emplace_back();
    families_[families_used_].clear();
    family_of_[node] = static_cast<std::uint32_t>(families_used_++);
  }
  return family_of_[node];
}

Answer RuleMatch::join(const Event& event, std::size_t most_steps, std::span<const FieldMatch> fields) {
  begin(event, most_steps);
  const auto& nodes = event.nodes();
  family_of_.assign(nodes.size(), kNone);
  families_used_ = 0;
  FieldSet all;
  families_[family_of(Event::kRoot)].emplace_back();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    all.set(i);
    for (const std::uint32_t node : fields[i].taken) {
      Family& own = families_[family_of(node)];
      if (own.empty()) own.emplace_back();
      own.front().set(i);
    }
  }
  for (auto node = static_cast<std::uint32_t>(nodes.size() - 1); node != Event::kRoot; --node) {  // children come first
    if (family_of_[node] == kNone) continue;
    Family& parent = families_[family_of(nodes[node].parent)];
    const Family& family = families_[family_of_[node]];
    if (nodes[node].is_array) {  // the parent may use one entry of this array, or none, with what it has
      if (parent.empty()) parent.emplace_back();
      before_ = parent;
      for (const FieldSet& left : before_)
        for (const FieldSet& right : family)
          if (!spend(add(parent, left | right))) return Answer::kTooComplex;
    } else {
      for (const FieldSet& set : family)
        if (!spend(add(parent, set))) return Answer::kTooComplex;
    }
  }
  const Family& root = families_[family_of_[Event::kRoot]];
  return std::find(root.begin(), root.end(), all) != root.end() ? Answer::kYes : Answer::kNo;
}

Answer RuleMatch::search(const Event& event, std::size_t most_steps, std::span<const FieldMatch> fields) {
  begin(event, most_steps);
  chosen_.clear();
  if (excluded_.size() < fields.size()) excluded_.resize(fields.size());
  const auto& nodes = event.nodes();
  ends_.resize(nodes.size());
  for (std::uint32_t node = 0; node < nodes.size(); ++node) ends_[node] = node + 1;
  for (std::size_t node = nodes.size(); node-- > 1;)  // nodes are numbered from the outside to the inside
    ends_[nodes[node].parent] = std::max(ends_[nodes[node].parent], ends_[node]);
  const bool found = satisfies(fields, 0);
  return too_complex_ ? Answer::kTooComplex : found ? Answer::kYes : Answer::kNo;
}

// Where no value of the field may be that is to meet the chosen ones: in other entries of the arrays around them.
// Sorted.
const std::vector<RuleMatch::Interval>& RuleMatch::excluded_by_chosen(std::size_t index) {
  std::vector<Interval>& excluded = excluded_[index];
  excluded.clear();
  const auto& nodes = event_->nodes();
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

bool RuleMatch::satisfies(std::span<const FieldMatch> fields, std::size_t index) {
  if (index == fields.size()) return true;
  const FieldMatch& field = fields[index];
  const std::vector<Interval>& excluded = excluded_by_chosen(index);
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
