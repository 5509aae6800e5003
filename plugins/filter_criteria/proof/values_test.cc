// What becomes of values that are no JSON objects, or hardly: the table of formats, for every implementation.
//
// testdata/values.txt has a line for each value: what it is ("json", "text" or "bytes", those that are not UTF-8), a
// tab, the value with \xNN for bytes that a text file does not hold well.
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "judges.h"

namespace millrace::filter::proof {
namespace {

constexpr const char* kForJson = R"({"value":{"nowhere":["x"]}})";
constexpr const char* kForText = R"({"value":[{"anything-but":"neither"}]})";
constexpr const char* kForBoth = R"({"$or":[{"value":{"nowhere":["x"]}},{"value":[{"anything-but":"neither"}]}]})";

struct Value {
  std::string form, bytes;
};

std::vector<Value> values() {
  std::ifstream file(FILTER_CRITERIA_TESTDATA "/values.txt");
  EXPECT_TRUE(file);
  std::vector<Value> out;
  for (std::string line; std::getline(file, line);) {
    const std::size_t tab = line.find('\t');
    Value value{line.substr(0, tab), ""};
    for (std::size_t i = tab + 1; i < line.size(); ++i) {
      if (line.compare(i, 2, "\\x") == 0) {
        value.bytes += static_cast<char>(std::stoi(line.substr(i + 2, 2), nullptr, 16));
        i += 3;
      } else {
        value.bytes += line[i];
      }
    }
    out.push_back(std::move(value));
  }
  return out;
}

TEST(Values, OfEveryFormMeetPatternsAsTheTableSays) {
  std::size_t malformed = 0;
  for (const auto& [form, bytes] : values()) {
    const bool is_json = form == "json", is_text = form == "text";
    if (!is_json) ++malformed;
    for (const Judge& judge : judges()) {
      const std::string by = form + " by " + judge.name + ": " + bytes;
      // Whoever does not look at everything may take what begins as an object for one.
      const bool may_overlook = !judge.sees_every_fault && !is_json && bytes.find('{') != std::string::npos;
      const auto expect = [&](const char* pattern, const std::string& expected, const std::string& overlooked) {
        const std::string got = judge.verdict(pattern, bytes);
        EXPECT_TRUE(got == expected || (may_overlook && got == overlooked))
            << by << " is " << got << ", not " << expected;
      };
      expect(kForJson, is_json ? "nomatch" : is_text ? "other form" : "not UTF-8", "nomatch");
      expect(kForText, is_json ? "other form" : is_text ? "match" : "not UTF-8", "other form");
      expect(kForBoth, is_json ? "nomatch" : is_text ? "match" : "not UTF-8", "nomatch");
    }
  }
  EXPECT_GE(malformed, 100u);
}

TEST(Values, ThatAreNotThereMeetNoPattern) {
  for (const Judge& judge : judges())
    for (const char* pattern : {kForJson, kForText, kForBoth})
      EXPECT_EQ(judge.verdict(pattern, std::nullopt), "no value") << judge.name;
}

TEST(Values, ThatAreEmptyArePlainText) {
  for (const Judge& judge : judges()) {
    EXPECT_EQ(judge.verdict(R"({"value":[""]})", ""), "match") << judge.name;
    EXPECT_EQ(judge.verdict(R"({"value":["x"]})", ""), "nomatch") << judge.name;
  }
}

TEST(Values, OfPlainTextAreComparedAsTheyStand) {
  for (const Judge& judge : judges()) {
    EXPECT_EQ(judge.verdict(R"({"value":["300"]})", "300"), "match") << judge.name;
    EXPECT_EQ(judge.verdict(R"({"value":[300]})", "300"), "nomatch") << judge.name;
    EXPECT_EQ(judge.verdict(R"({"value":["\"x\""]})", "\"x\""), "match") << judge.name;
    EXPECT_EQ(judge.verdict(R"({"value":[{"prefix":"[1"}]})", "[1]"), "match") << judge.name;
    EXPECT_EQ(judge.verdict(R"({"value":[{"exists":true}]})", "x"), "match") << judge.name;
    EXPECT_EQ(judge.verdict(R"({"value":[{"exists":false}]})", "x"), "nomatch") << judge.name;
    EXPECT_EQ(judge.verdict(R"({"value":[{"wildcard":"a*\\\\*"}]})", "a\nb\\c"), "match") << judge.name;
  }
}

}  // namespace
}  // namespace millrace::filter::proof
