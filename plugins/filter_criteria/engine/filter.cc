#include "filter.h"

#include <algorithm>

#include "plan.h"

namespace millrace::filter {

Scratch::Scratch() : state_(std::make_unique<State>()) {}
Scratch::~Scratch() = default;
Scratch::Scratch(Scratch&&) noexcept = default;
Scratch& Scratch::operator=(Scratch&&) noexcept = default;

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
  return plan_->patterns;
}

bool Filter::matches(std::string_view value) const {
  Scratch scratch;
  return matches(value, scratch);
}

Verdict Filter::judge(const Record& record, Scratch& scratch) const {
  return plan_->judge(record, scratch.state());
}

void Filter::match_batch(std::span<const std::string_view> values, std::uint64_t* keep, Scratch& scratch) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + kAhead < values.size()) prefetch(values[i], values[i + kAhead]);
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    if ((keep[i / 64] & bit) != 0 && !matches(values[i], scratch)) keep[i / 64] &= ~bit;
  }
}

bool Filter::matching(std::string_view value, std::span<std::uint64_t> matched, Scratch& scratch) const {
  return plan_->match(value, scratch.state(), matched);
}

Result<Filter> compile(std::span<const std::string_view> patterns, const Options& options) {
  auto plan = std::make_unique<Filter::Plan>();
  plan->options = options;
  plan->patterns = patterns.size();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    try {
      for (Rule& rule : parse_pattern(patterns[i], options)) plan->add(std::move(rule), i);
    } catch (const PatternError& e) {
      Error error{.id = e.id, .message = e.what(), .pointer = e.pointer, .offset = e.offset, .pattern = i};
      for (const char c : patterns[i].substr(0, e.offset)) {
        error.column += (c & 0xC0) != 0x80;
        if (c == '\n') {
          ++error.line;
          error.column = 1;
        }
      }
      return error;
    }
  }
  plan->values.finish(options.validate == Validate::kFull);
  plan->keys.finish(true);
  return Filter(std::move(plan));
}

}  // namespace millrace::filter
