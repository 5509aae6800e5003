// Every case of the data files, by every implementation.
//
// A case is {id, pattern, event, expect}, pattern and event as JSON text for a whole event. What is decided otherwise
// on purpose is listed with its reason in differences.jsonl: {id, expect, why}. To add a case, add a line to own.jsonl.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "judges.h"

namespace millrace::filter::proof {
namespace {

using nlohmann::json;

const std::map<std::string, std::string>& differences() {
  static const auto all = [] {
    std::map<std::string, std::string> out;
    for (const json& row : rows("differences.jsonl")) out[row.at("id")] = row.at("expect");
    return out;
  }();
  return all;
}

std::size_t check(const std::string& name) {
  std::size_t count = 0;
  for (const json& row : rows(name)) {
    const std::string id = row.at("id");
    const std::string pattern = under_value(row.at("pattern")), event = row.at("event");
    const auto different = differences().find(id);
    const std::string expected =
        different != differences().end() ? different->second : row.at("expect").get<std::string>();
    for (const Judge& judge : judges())
      EXPECT_EQ(judge.verdict(pattern, event), expected)
          << id << " by " << judge.name << "\n  pattern " << pattern << "\n  event   " << event;
    ++count;
  }
  return count;
}

TEST(Verdicts, AreThoseOfTheService) {
  EXPECT_EQ(check("aws_validated.jsonl"), 161u);
}

TEST(Verdicts, AreThoseOfTheLibrary) {
  EXPECT_EQ(check("event_ruler.jsonl"), 2585u);
}

TEST(Verdicts, AreThoseThatTheLanguageMeans) {
  EXPECT_GE(check("own.jsonl"), 150u);
}

TEST(Verdicts, DifferOnlyWhereSaidAndWithAReason) {
  std::map<std::string, std::string> known;
  for (const char* file : {"aws_validated.jsonl", "event_ruler.jsonl"})
    for (const json& row : rows(file)) {
      EXPECT_TRUE(known.emplace(row.at("id"), row.at("expect")).second) << row.at("id");
      EXPECT_TRUE(!row.value("fallback", false) || differences().contains(row.at("id"))) << row.at("id");
    }
  for (const json& row : rows("differences.jsonl")) {
    ASSERT_TRUE(known.contains(row.at("id"))) << row.at("id");
    EXPECT_NE(known[row.at("id")], row.at("expect")) << row.at("id") << " is no difference";
    EXPECT_GT(row.at("why").get<std::string>().size(), 20u);
  }
}

}  // namespace
}  // namespace millrace::filter::proof
