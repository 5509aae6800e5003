#include "reference.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace millrace::filter::reference {
namespace {

using Membership = std::map<std::size_t, std::size_t>;  // which entry of which array

struct Leaf {
  Value value;
  Membership membership;
};
using Leaves = std::map<std::string, std::vector<Leaf>, PathOrder>;

// Goes through the tree with a stack of its own; only leaves at the paths that are asked for are kept.
Leaves flatten(const Json& json, const std::set<std::string>& wanted) {
  struct Open {
    std::size_t node;
    std::size_t next;         // child to go to
    std::size_t path_length;  // of the path down to here
  };
  Leaves out;
  Membership membership;
  std::string path = "value";
  std::vector<Open> open = {{0, 0, path.size()}};
  while (!open.empty()) {
    Open& here = open.back();
    const Json::Node& node = json.nodes[here.node];
    path.resize(here.path_length);
    if (here.next == node.children.size()) {
      membership.erase(here.node);
      open.pop_back();
      continue;
    }
    const std::size_t entry = here.next++;
    const Json::Node& child = json.nodes[node.children[entry]];
    const bool is_container = child.kind == Json::Kind::kObject || child.kind == Json::Kind::kArray;
    if (node.kind == Json::Kind::kObject) path += "." + child.name;
    if (node.kind == Json::Kind::kArray) {
      // A scalar in an array says nothing about its entry.
      if (is_container)
        membership[here.node] = entry;
      else
        membership.erase(here.node);
    }
    if (is_container)
      open.push_back({node.children[entry], 0, path.size()});
    else if (wanted.contains(path))
      out[path].push_back({{child.kind, child.text}, membership});
  }
  return out;
}

bool agree(const Membership& chosen, const Membership& other) {
  return std::all_of(other.begin(), other.end(), [&](const auto& entry) {
    const auto found = chosen.find(entry.first);
    return found == chosen.end() || found->second == entry.second;
  });
}

bool any_takes(const std::vector<Alternative>& alternatives, const Value& value) {
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [&](const Alternative& alternative) { return alternative.takes(value); });
}

bool allows_absence(const std::vector<Alternative>& alternatives) {
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [](const Alternative& alternative) { return alternative.kind == Alternative::Kind::kAbsent; });
}

// What one field of a rule finds in an event.
struct Found {
  std::string path;
  bool allows_absence = false;
  std::vector<const Leaf*> all, taken;
  // Shortcuts through `all` and `taken` for long arrays: an array that holds every one of them, and who is in which
  // entry of it.
  struct Index {
    std::optional<std::size_t> array;
    std::map<std::size_t, std::vector<const Leaf*>> entries;
  };
  Index all_index, taken_index;
};

Found::Index index_of(const std::vector<const Leaf*>& leaves) {
  Found::Index out;
  if (leaves.empty()) return out;
  for (const auto& [array, entry] : leaves[0]->membership)  // the innermost such array has the largest number
    if (std::all_of(leaves.begin(), leaves.end(),
                    [&, a = array](const Leaf* leaf) { return leaf->membership.contains(a); }))
      out.array = array;
  if (out.array)
    for (const Leaf* leaf : leaves) out.entries[leaf->membership.at(*out.array)].push_back(leaf);
  return out;
}

const std::vector<const Leaf*>& candidates(const std::vector<const Leaf*>& all, const Found::Index& index,
                                           const Membership& chosen) {
  static const std::vector<const Leaf*> kNone;
  if (!index.array || !chosen.contains(*index.array)) return all;
  const auto found = index.entries.find(chosen.at(*index.array));
  return found == index.entries.end() ? kNone : found->second;
}

// Tries the fields of a rule in their order, each with every value that agrees with what was chosen before.
class Search {
 public:
  explicit Search(const std::vector<Found>& fields, bool by_entry_only = false)
      : fields_(fields), by_entry_only_(by_entry_only) {}

  bool satisfy(std::size_t index, const Membership& chosen) {
    deepest_ = std::max(deepest_, index);
    if (index == fields_.size()) return true;
    const Found& field = fields_[index];
    for (const Leaf* leaf : candidates(field.taken, field.taken_index, chosen)) {
      if (++steps_ > kMostSteps) return false;
      if (!agree(chosen, leaf->membership) || is_forgotten(field, *leaf, chosen)) continue;
      Membership more = chosen;
      more.insert(leaf->membership.begin(), leaf->membership.end());
      if (satisfy(index + 1, more)) return true;
    }
    if (!field.allows_absence) return false;
    for (const Leaf* leaf : candidates(field.all, field.all_index, chosen)) {
      if (++steps_ > kMostSteps) return false;
      if (agree(chosen, leaf->membership) && !is_forgotten(field, *leaf, chosen)) return false;
    }
    return satisfy(index + 1, chosen);
  }

  bool too_complex() const { return steps_ > kMostSteps; }
  std::size_t deepest() const { return deepest_; }

 private:
  bool is_forgotten(const Found& field, const Leaf& leaf, const Membership& chosen) const {
    return by_entry_only_ && std::any_of(chosen.begin(), chosen.end(), [&](const auto& entry) {
             return !leaf.membership.contains(entry.first) &&
                    std::any_of(field.all.begin(), field.all.end(),
                                [&](const Leaf* other) { return other->membership.contains(entry.first); });
           });
  }

  static constexpr std::size_t kMostSteps = 2'000'000;
  const std::vector<Found>& fields_;
  bool by_entry_only_;
  std::size_t steps_ = 0;
  std::size_t deepest_ = 0;
};

std::string shown(const Value& value) {
  constexpr std::size_t kMost = 120;
  std::string text = value.kind == Json::Kind::kString
                         ? nlohmann::json(value.text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                         : value.text;
  if (text.size() > kMost) {
    std::size_t cut = kMost;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut) + "…";
  }
  return text;
}

std::string shown(const std::vector<const Leaf*>& leaves) {
  constexpr std::size_t kMost = 5;
  std::string out;
  for (std::size_t i = 0; i < std::min(leaves.size(), kMost); ++i)
    out += (i == 0 ? "" : ", ") + shown(leaves[i]->value);
  if (leaves.size() > kMost) out += ", … (" + std::to_string(leaves.size()) + " values)";
  return out;
}

std::vector<Found> find(const Rule& rule, const Leaves& leaves) {
  static const std::vector<Leaf> kNone;
  std::vector<Found> out;
  for (const auto& [path, alternatives] : rule) {
    Found& field = out.emplace_back();
    field.path = path;
    field.allows_absence = allows_absence(alternatives);
    const auto at_path = leaves.find(path);
    for (const Leaf& leaf : at_path == leaves.end() ? kNone : at_path->second) {
      field.all.push_back(&leaf);
      if (any_takes(alternatives, leaf.value)) field.taken.push_back(&leaf);
    }
    field.all_index = index_of(field.all);
    field.taken_index = index_of(field.taken);
  }
  return out;
}

// `failing`: how many fields fail by themselves; the smaller, the closer the rule came.
Reason explain_rule(const Rule& rule, const Leaves& leaves, std::size_t& failing) {
  Reason reason;
  const std::vector<Found> fields = find(rule, leaves);
  failing = 0;
  for (const Found& field : fields) {
    if (!field.taken.empty() || (field.allows_absence && field.all.empty())) continue;
    if (++failing > 1) continue;
    reason.path = field.path;
    reason.seen = shown(field.all);
    reason.message = field.all.empty() ? field.path + " is not there" : field.path + " is " + reason.seen;
  }
  Search search(fields);
  if (search.satisfy(0, {})) {
    reason = {Verdict::kMatch, "", "", "every field matches"};
  } else if (search.too_complex()) {
    reason = {Verdict::kTooComplex, "", "", "the arrays of the event can be joined in too many ways"};
  } else if (failing == 0) {
    const Found& field = fields[std::min(search.deepest(), fields.size() - 1)];
    reason.path = field.path;
    reason.seen = shown(field.all);
    reason.message =
        field.path + " is " + reason.seen + ", but not in the same entry of an array as what the other fields match";
  }
  return reason;
}

Reason closest(const std::vector<const Rule*>& rules, const Leaves& leaves) {
  Reason best;
  std::size_t fewest = static_cast<std::size_t>(-1);
  for (const Rule* rule : rules) {
    std::size_t failing = 0;
    Reason reason = explain_rule(*rule, leaves, failing);
    if (reason.verdict == Verdict::kMatch || reason.verdict == Verdict::kTooComplex) return reason;
    if (failing < fewest) {
      fewest = failing;
      best = std::move(reason);
    }
  }
  return best;
}

}  // namespace

Reason explain(const Pattern& pattern, std::optional<std::string_view> value) {
  if (!value) return {Verdict::kNoValue, "", "", "the record has no value, so no pattern speaks of it"};
  std::vector<const Rule*> text_rules, json_rules;
  std::set<std::string> wanted;
  for (const Rule& rule : pattern.rules) {
    (rule.contains("value") ? text_rules : json_rules).push_back(&rule);
    for (const auto& [path, alternatives] : rule) wanted.insert(path);
  }
  const auto json = Json::parse(*value);
  const bool is_json = json && json->nodes[0].kind == Json::Kind::kObject;
  if (is_json && json_rules.empty())
    return {Verdict::kOtherForm, "", "", "the value is a JSON object and the pattern is for plain text"};
  if (is_json) return closest(json_rules, flatten(*json, wanted));
  if (!is_utf8(*value)) return {Verdict::kNotUtf8, "", "", "the value is not UTF-8, so no pattern speaks of it"};
  if (text_rules.empty())
    return {Verdict::kOtherForm, "", "", "the value is not a JSON object and the pattern is for JSON"};
  Leaves leaves;
  leaves["value"].push_back({{Json::Kind::kString, std::string(*value)}, {}});
  return closest(text_rules, leaves);
}

bool matches_by_entry_only(const Pattern& pattern, std::string_view value) {
  const auto json = Json::parse(value);
  if (!json) return false;
  std::set<std::string> wanted;
  for (const Rule& rule : pattern.rules)
    for (const auto& [path, alternatives] : rule) wanted.insert(path);
  const Leaves leaves = flatten(*json, wanted);
  return std::any_of(pattern.rules.begin(), pattern.rules.end(), [&](const Rule& rule) {
    const std::vector<Found> fields = find(rule, leaves);
    return Search(fields, true).satisfy(0, {});
  });
}

Verdict judge(const Pattern& pattern, std::optional<std::string_view> value) {
  return explain(pattern, value).verdict;
}

}  // namespace millrace::filter::reference
