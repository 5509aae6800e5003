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

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "event.h"
#include "pattern.h"

namespace millrace::filter {

enum class Answer : std::uint8_t { kNo, kYes, kTooComplex };

struct FieldMatch {
  std::vector<std::uint32_t> taken;  // nodes of the values that an alternative takes, ascending
  std::vector<std::uint32_t> seen;   // nodes of all values at the path; needed only with may_be_absent
  bool may_be_absent = false;
};

// Memory is kept from one call to the next.
class RuleMatch {
 public:
  Answer join(const Event& event, std::size_t most_steps, std::span<const FieldMatch> fields);  // none may be absent
  // Any fields; exponential at worst
  Answer search(const Event& event, std::size_t most_steps, std::span<const FieldMatch> fields);

 private:
  using Interval = std::pair<std::uint32_t, std::uint32_t>;  // of nodes: first, and behind the last
  using FieldSet = std::bitset<kMostPaths>;
  using Family = std::vector<FieldSet>;  // no set contains another

  static std::size_t add(Family& family, const FieldSet& set);
  std::uint32_t family_of(std::uint32_t node);
  bool satisfies(std::span<const FieldMatch> fields, std::size_t index);
  const std::vector<Interval>& excluded_by_chosen(std::size_t index);
  void begin(const Event& event, std::size_t most_steps) noexcept;
  bool spend(std::size_t steps = 1) noexcept;

  const Event* event_ = nullptr;
  std::size_t steps_left_ = 0;
  bool too_complex_ = false;
  // Of search()
  std::vector<std::uint32_t> chosen_;
  std::vector<std::uint32_t> ends_;              // by node: behind the last node below it
  std::vector<std::vector<Interval>> excluded_;  // by field
  // Of join()
  std::vector<std::uint32_t> family_of_;  // by node: into families_, or kNone
  std::vector<Family> families_;
  std::size_t families_used_ = 0;
  Family before_;
};

}  // namespace millrace::filter
