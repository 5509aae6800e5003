#include "json_matcher.h"

#include <algorithm>
#include <span>

#include "alternative.h"
#include "json_scalar.h"
#include "utf8.h"

namespace millrace::filter {
namespace {

void add_node(std::vector<std::uint32_t>& nodes, std::uint32_t node) {
  if (nodes.empty() || nodes.back() != node) nodes.push_back(node);
}

bool looks_like_object(std::string_view text) noexcept {
  return text.size() >= 2 && text.front() == '{' && text.back() == '}';
}

}  // namespace

JsonMatcher::JsonMatcher() : scan_(best_scan()) {}

std::size_t JsonMatcher::add(std::vector<Field> part, bool ends_search) {
  for (const Field& field : part) paths_.push_back(field.path);
  slots_.ends_search.push_back(ends_search ? 1 : 0);
  added_.push_back(std::move(part));
  return added_.size() - 1;
}

void JsonMatcher::finish(bool full) {
  full_ = full;
  std::sort(paths_.begin(), paths_.end());
  paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
  parts_.reserve(added_.size());
  for (std::vector<Field>& fields : added_) {
    Part& part = parts_.emplace_back();
    part.reserve(fields.size());
    for (Field& field : fields) {
      const auto path = std::lower_bound(paths_.begin(), paths_.end(), field.path);
      part.push_back({static_cast<std::size_t>(path - paths_.begin()), std::move(field.alternatives)});
    }
  }
  added_.clear();
  for (std::size_t p = 0; p < parts_.size(); ++p) {  // what the tree points to no longer moves
    slots_.counts.push_back(static_cast<std::uint32_t>(parts_[p].size()));
    for (const IndexedField& field : parts_[p]) {
      const auto slot = static_cast<std::uint32_t>(slots_.part_of.size());
      slots_.part_of.push_back(static_cast<std::uint32_t>(p));
      slots_.is_alone.push_back(parts_[p].size() == 1 ? 1 : 0);
      const bool may_be_absent = takes_absence(field.alternatives);
      may_be_absent_.push_back(may_be_absent ? 1 : 0);
      asks_for_absence_ = asks_for_absence_ || may_be_absent;
      root_.at(paths_[field.path]).add(slot, field.alternatives);
    }
  }
  slots_.finish();
  root_.finish();
  root_.add_starts(starts_);
}

Form JsonMatcher::run(std::string_view text, Scratch& scratch, bool may_end_search) const {
  std::string_view body = text;
  if (!looks_like_object(body)) {
    while (!body.empty() && is_white(body.front())) body.remove_prefix(1);
    while (!body.empty() && is_white(body.back())) body.remove_suffix(1);
    if (!looks_like_object(body)) return form_of_text(text);
  }
  const Scan scan = scan_(body.data(), body.size(), starts_, scratch.blocks, full_, scratch.deep);
  if (!scan.is_json) return form_of_text(text);
  if (full_ && scan.non_ascii && !is_utf8(body)) return Form::kNotUtf8;
  scratch.is_told_by_walk = false;
  if (parts_.empty()) return Form::kJson;
  scratch.event_is_json.reset();
  if (!scratch.walk.run(body, scan, scratch.blocks, root_, slots_, may_end_search, !full_)) return form_of_text(text);
  scratch.is_told_by_walk = !asks_for_absence_ && !scratch.walk.has_entries();
  if (!scratch.is_told_by_walk) set_answers(body, scratch);
  return Form::kJson;
}

Form JsonMatcher::form_of_text(std::string_view text) const noexcept {
  return is_utf8(text) ? Form::kText : Form::kNotUtf8;
}

void JsonMatcher::set_answers(std::string_view text, Scratch& scratch) const {
  if (scratch.answers.size() < parts_.size()) scratch.answers.resize(parts_.size());
  Answer* const answers = scratch.answers.data();
  const std::uint8_t* state = scratch.walk.slots();
  const std::uint8_t* may_be_absent = may_be_absent_.data();
  const std::uint32_t *const counts = slots_.counts.data(), *const left = scratch.walk.left();
  for (std::size_t p = 0, parts = slots_.counts.size(); p < parts;
       state += counts[p], may_be_absent += counts[p], ++p) {
    const std::size_t count = counts[p];
    if (left[p] == 0) {
      answers[p] = Answer::kYes;
      continue;
    }
    Answer answer = Answer::kYes;
    std::size_t in_entries = 0;  // fields satisfied only by values in entries of arrays
    bool depends = false;        // some field is absent or not, by the entries that the others choose
    for (std::size_t i = 0; i < count; ++i) {
      if ((state[i] & kTakenOutside) != 0) continue;
      const bool is_taken = (state[i] & kTakenInEntry) != 0;
      if (may_be_absent[i] != 0 && (state[i] & kSeenOutside) == 0) {
        if ((state[i] & kSeenInEntry) == 0) continue;
        depends = true;
      } else if (!is_taken) {
        answer = Answer::kNo;
        break;
      }
      ++in_entries;
    }
    if (answer == Answer::kYes && (depends || in_entries > 1)) answer = join(parts_[p], text, scratch);
    answers[p] = answer;
  }
}

Answer JsonMatcher::join(const Part& part, std::string_view text, Scratch& scratch) const {
  if (!scratch.event_is_json) scratch.event_is_json = scratch.event.read(text, paths_);
  if (!*scratch.event_is_json) return Answer::kNo;  // malformed elsewhere
  const Event& event = scratch.event;
  std::size_t count = 0;  // of fields
  bool joins = false;     // some field has values inside arrays only
  bool searches = false;  // some field may be absent, depending on the entries that the others choose
  if (scratch.fields.size() < part.size()) {
    scratch.fields.resize(part.size());
    scratch.is_everywhere.resize(part.size());
  }
  for (const IndexedField& field : part) {
    const std::vector<Leaf>& values = event.values(field.path);
    FieldMatch& match = scratch.fields[count];
    match.taken.clear();
    match.seen.clear();
    match.may_be_absent = takes_absence(field.alternatives);
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
    scratch.is_everywhere[count] = taken_at_root && !match.may_be_absent ? 1 : 0;
    ++count;
  }
  if (!joins) return Answer::kYes;
  if (!searches) {  // what is outside all entries meets everything; two fields are found faster one after the other
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (scratch.is_everywhere[i] == 0) std::swap(scratch.fields[kept++], scratch.fields[i]);
    count = kept;
    searches = count <= 2;
  }
  const std::span<FieldMatch> fields(scratch.fields.data(), count);
  for (FieldMatch& field : fields) {  // in the order of the text they need not be: [[1], 2]
    std::sort(field.taken.begin(), field.taken.end());
    std::sort(field.seen.begin(), field.seen.end());
  }
  return searches ? scratch.joins.search(event, kMostSteps, fields) : scratch.joins.join(event, kMostSteps, fields);
}

}  // namespace millrace::filter
