#include "judges.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "filter.h"
#include "fuzz/checks.h"
#include "reference/reference.h"

namespace millrace::filter::proof {
namespace {

std::string by_reference(std::string_view pattern, std::optional<std::string_view> value) {
  const auto parsed = reference::Pattern::parse(pattern);
  if (!parsed.error.empty()) return "invalid";
  switch (reference::judge(parsed, value)) {
    case reference::Verdict::kMatch:
      return "match";
    case reference::Verdict::kNoMatch:
      return "nomatch";
    case reference::Verdict::kOtherForm:
      return "other form";
    case reference::Verdict::kNotUtf8:
      return "not UTF-8";
    case reference::Verdict::kNoValue:
      return "no value";
    case reference::Verdict::kTooComplex:
      return "too complex";
  }
  return "?";
}

std::string by_engine(std::string_view pattern, std::optional<std::string_view> value, Validate validate) {
  const auto filter = compile(pattern, {.validate = validate});
  if (!filter) return "invalid";
  // An absent value has no address. The others get one of their own, without a byte to spare behind them.
  const fuzz::Exactly copy(value.value_or(""));
  const std::string_view bytes = value ? copy.view() : std::string_view();
  Scratch scratch;
  const Verdict verdict = filter->judge({.value = bytes}, scratch);
  switch (verdict.reason) {
    case Reason::kMatched:
      return verdict.keep ? "match" : "matched but dropped";
    case Reason::kRejected:
      return verdict.keep ? "rejected but kept" : "nomatch";
    default:
      return verdict.keep ? name(verdict.reason) : "dropped unasked";
  }
}

std::string by_engine_in_full(std::string_view pattern, std::optional<std::string_view> value) {
  return by_engine(pattern, value, Validate::kFull);
}

std::string by_engine_as_touched(std::string_view pattern, std::optional<std::string_view> value) {
  return by_engine(pattern, value, Validate::kTouched);
}

}  // namespace

const std::vector<Judge>& judges() {
  static const std::vector<Judge> all = {
      {"reference", by_reference, true},
      {"engine, validate: full", by_engine_in_full, true},
      {"engine, validate: touched", by_engine_as_touched, false},
  };
  return all;
}

std::string under_value(const std::string& pattern) {
  const std::size_t start = pattern.find_first_not_of(" \t\r\n");
  return start != std::string::npos && pattern[start] == '{' ? "{\"value\":" + pattern + "}" : pattern;
}

std::vector<nlohmann::json> rows(const std::string& name) {
  std::ifstream file(FILTER_CRITERIA_TESTDATA "/" + name);
  EXPECT_TRUE(file) << "no " << name;
  std::vector<nlohmann::json> out;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) out.push_back(nlohmann::json::parse(line));
  return out;
}

}  // namespace millrace::filter::proof
