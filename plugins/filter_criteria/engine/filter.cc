#include "filter.h"

#include <algorithm>

#include "../matcher.h"

namespace millrace::filter {

using filter_criteria::Matcher;

struct Scratch::State {
  Matcher::Scratch inner;
};

Scratch::Scratch() : state_(std::make_unique<State>()) {}
Scratch::~Scratch() = default;
Scratch::Scratch(Scratch&&) noexcept = default;
Scratch& Scratch::operator=(Scratch&&) noexcept = default;

struct Filter::Plan {
  Options options;
  Matcher all;
  std::vector<Matcher> each;
};

Filter::Filter(std::unique_ptr<const Plan> plan) noexcept : plan_(std::move(plan)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

const char* name(Reason reason) noexcept {
  switch (reason) {
    case Reason::kMatched:
      return "matched";
    case Reason::kRejected:
      return "rejected";
    case Reason::kOtherForm:
      return "other form";
    case Reason::kNotUtf8:
      return "not UTF-8";
    case Reason::kNoValue:
      return "no value";
    case Reason::kTooComplex:
      return "too complex";
  }
  return "";
}

std::size_t Filter::pattern_count() const noexcept {
  return plan_->each.size();
}

bool Filter::matches(std::string_view value) const {
  Scratch scratch;
  return matches(value, scratch);
}

Verdict Filter::judge(const Record& record, Scratch& scratch) const {
  switch (plan_->all.match(record.value, scratch.state().inner)) {
    case filter_criteria::Verdict::kMatch:
      return {true, Reason::kMatched};
    case filter_criteria::Verdict::kNoMatch:
      return {false, Reason::kRejected};
    case filter_criteria::Verdict::kTooComplex:
      return {true, Reason::kTooComplex};
    case filter_criteria::Verdict::kOtherFormat:
      break;
  }
  const bool keep = plan_->options.root == Root::kRecord && plan_->options.on_mismatch == OnMismatch::kPass;
  if (record.value.data() == nullptr) return {keep, Reason::kNoValue};
  if (!filter_criteria::is_utf8(record.value)) return {keep, Reason::kNotUtf8};
  return {keep, Reason::kOtherForm};
}

void Filter::match_batch(std::span<const std::string_view> values, std::uint64_t* keep, Scratch& scratch) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + 1 < values.size()) prefetch(values[i + 1]);
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    if ((keep[i / 64] & bit) != 0 && !matches(values[i], scratch)) keep[i / 64] &= ~bit;
  }
}

bool Filter::matching(std::string_view value, std::span<std::uint64_t> matched, Scratch& scratch) const {
  std::fill(matched.begin(), matched.end(), 0);
  for (std::size_t i = 0; i < plan_->each.size(); ++i) {
    const auto verdict = plan_->each[i].match(value, scratch.state().inner);
    if (verdict == filter_criteria::Verdict::kOtherFormat) return false;
    if (verdict == filter_criteria::Verdict::kMatch) matched[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  return true;
}

Explanation Filter::explain(const Record& record) const {
  Scratch scratch;
  Explanation explanation;
  explanation.verdict = judge(record, scratch);
  return explanation;
}

Result<Filter> compile(std::span<const std::string_view> patterns, const Options& options) {
  std::vector<std::string> texts;
  const std::string_view wrap = options.root == Root::kEvent ? "{\"value\":" : "";
  for (const std::string_view pattern : patterns)
    texts.push_back(std::string(wrap) + std::string(pattern) + (wrap.empty() ? "" : "}"));
  try {
    auto plan = std::make_unique<Filter::Plan>(Filter::Plan{options, Matcher::compile(texts), {}});
    for (const std::string& text : texts) plan->each.push_back(Matcher::compile({&text, 1}));
    return Filter(std::move(plan));
  } catch (const filter_criteria::PatternError& e) {
    Error error{e.id, e.what(), e.place, e.character - 1, 1, e.character, e.filter};
    if (!wrap.empty()) {
      error.offset -= std::min(error.offset, wrap.size());
      error.column = error.offset + 1;
      if (error.pointer.starts_with("/value")) error.pointer.erase(0, 6);
    }
    return error;
  }
}

}  // namespace millrace::filter
