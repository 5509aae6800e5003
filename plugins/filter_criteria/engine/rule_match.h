// Decides whether one rule's fields can be satisfied together, given where in the event's arrays each found its values.
//
// Fields may combine only values that are consistent: in every array that holds both they are in the same entry.
// join() decides that for fields that each need a value, bottom-up over the tree of arrays: for each node, which sets
// of fields its entries can satisfy together, keeping only sets that no other contains. search() is the plain
// backtracking over fields in their order, which `exists: false` needs, because it asks for no value *consistent with
// what the fields before it chose*.
//
// Both spend from one budget of steps, so that no event holds up the others. Confined to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "event.h"

namespace millrace::filter {

enum class Answer : std::uint8_t { kNo, kYes, kTooComplex };

struct FieldMatch {
  std::vector<std::uint32_t> taken;  // nodes of the values that an alternative takes, ascending
  std::vector<std::uint32_t> seen;   // nodes of all values at the path; needed only with may_be_absent
  bool may_be_absent = false;
};

class RuleMatch {
 public:
  RuleMatch(const Event& event, std::size_t most_steps) : event_(event), steps_left_(most_steps) {}

  Answer join(const std::vector<FieldMatch>& fields);    // no field may be absent
  Answer search(const std::vector<FieldMatch>& fields);  // any fields; exponential at worst

 private:
  using Interval = std::pair<std::uint32_t, std::uint32_t>;  // of nodes: first, and behind the last

  bool satisfies(const std::vector<FieldMatch>& fields, std::size_t index);
  std::vector<Interval> excluded_by_chosen();
  bool spend(std::size_t steps = 1) noexcept;

  const Event& event_;
  std::size_t steps_left_;
  bool too_complex_ = false;
  std::vector<std::uint32_t> chosen_;
  std::vector<std::uint32_t> ends_;  // by node: behind the last node below it
};

}  // namespace millrace::filter
