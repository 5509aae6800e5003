// Every case of testdata/cases.jsonl: {id, pattern, event, expect: match | nomatch | invalid}, pattern and event as
// JSON text for the value alone. To add a case, add a line.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "matcher.h"

namespace filter_criteria {
namespace {

// The cases are patterns for a whole event; ours stand under `value`. What is no object is left as it is: put under
// `value`, a list would be a pattern for plain text.
std::string as_filter(const std::string& pattern) {
  const std::size_t start = pattern.find_first_not_of(" \t\r\n");
  return start != std::string::npos && pattern[start] == '{' ? "{\"value\": " + pattern + "}" : pattern;
}

std::string verdict(const std::string& pattern, const std::string& event) {
  const std::string text = as_filter(pattern);
  Matcher matcher;
  try {
    matcher = Matcher::compile({&text, 1});
  } catch (const PatternError&) {
    return "invalid";
  }
  Matcher::Scratch scratch;
  switch (matcher.match(event, scratch)) {
    case Verdict::kMatch:
      return "match";
    case Verdict::kNoMatch:
      return "nomatch";
    case Verdict::kOtherFormat:
      return "other format";
    case Verdict::kTooComplex:
      return "too complex";
  }
  return "?";
}

TEST(FilterCases, EveryCaseHasItsVerdict) {
  std::ifstream file(FILTER_CRITERIA_TESTDATA "/cases.jsonl");
  ASSERT_TRUE(file) << "no " FILTER_CRITERIA_TESTDATA "/cases.jsonl";
  std::size_t cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    const auto row = nlohmann::json::parse(line);
    const auto pattern = row.at("pattern").get<std::string>();
    const auto event = row.at("event").get<std::string>();
    EXPECT_EQ(verdict(pattern, event), row.at("expect").get<std::string>())
        << row.at("id").get<std::string>() << "\n  pattern " << pattern << "\n  event   " << event;
  }
  EXPECT_GE(cases, 1500u);
}

}  // namespace
}  // namespace filter_criteria
