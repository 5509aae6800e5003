// join() against search(), which goes back, on many small random events.
#include "rule_match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace millrace::filter {
namespace {

constexpr std::size_t kPlenty = 100'000'000;

// An event of random nesting whose members are named a, b and c at every level.
void write_value(std::mt19937& random, int depth, std::string& out) {
  const auto kind = depth == 0 ? 0 : random() % 5;
  if (kind < 1) {
    out += std::to_string(random() % 2);
  } else if (kind < 3) {
    out += '[';
    for (unsigned i = 0, n = random() % 4; i < n; ++i) write_value(random, depth - 1, out += i ? "," : "");
    out += ']';
  } else {
    out += '{';
    for (unsigned i = 0, n = random() % 4; i < n; ++i) {
      out += i ? ",\"" : "\"";
      out += static_cast<char>('a' + random() % 3);
      out += "\":";
      write_value(random, depth - 1, out);
    }
    out += '}';
  }
}

TEST(RuleMatch, JoinAndPlainBacktrackingAgree) {
  const std::vector<std::string> paths{"a.a", "a.b", "a.b.c", "a.c", "b.a", "c.b"};
  std::size_t yes = 0, no = 0;
  RuleMatch match;
  for (unsigned seed = 1; seed <= 20'000; ++seed) {
    std::mt19937 random(seed);
    std::string text = "{";
    for (const char* name : {"\"a\":", ",\"a\":", ",\"b\":", ",\"c\":"}) write_value(random, 5, text += name);
    Event event;
    text += "}";
    ASSERT_TRUE(event.read(text, paths)) << text;
    std::vector<FieldMatch> fields;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (event.values(i).empty() || random() % 3 == 0) continue;
      FieldMatch& field = fields.emplace_back();
      for (const Leaf& value : event.values(i))
        if (value.text == "1") field.taken.push_back(value.node);
      std::sort(field.taken.begin(), field.taken.end());
    }
    const auto joined = match.join(event, kPlenty, fields);
    EXPECT_EQ(joined, match.search(event, kPlenty, fields)) << "seed " << seed << ": " << text;
    if (fields.size() > 1) ++(joined == Answer::kYes ? yes : no);
  }
  EXPECT_GT(yes, 1000u);
  EXPECT_GT(no, 1000u);
}

TEST(RuleMatch, StopsAtItsBudget) {
  Event event;
  ASSERT_TRUE(event.read(R"({"a":[{"b":1},{"b":1},{"c":1}]})", {"a.b", "a.c"}));
  std::vector<FieldMatch> fields(2);
  for (std::size_t i = 0; i < 2; ++i)
    for (const Leaf& value : event.values(i)) fields[i].taken.push_back(value.node);
  EXPECT_EQ(RuleMatch().join(event, 1, fields), Answer::kTooComplex);
  EXPECT_EQ(RuleMatch().search(event, 1, fields), Answer::kTooComplex);
  EXPECT_EQ(RuleMatch().search(event, 100, fields), Answer::kNo);
}

TEST(RuleMatch, PaysForTheWayUpThroughDeepNesting) {
  const std::size_t depth = 1000;
  std::string text =
      std::string(R"({"a":)") + std::string(depth, '[') + R"({"b":1},{"c":1})" + std::string(depth, ']') + "}";
  const std::vector<std::string> paths{"a.b", "a.c"};
  Event event;
  ASSERT_TRUE(event.read(text, paths));
  std::vector<FieldMatch> fields(2);
  for (std::size_t i = 0; i < 2; ++i) fields[i].taken.push_back(event.values(i).front().node);
  EXPECT_EQ(RuleMatch().search(event, 100, fields), Answer::kTooComplex);
  EXPECT_EQ(RuleMatch().search(event, 10'000, fields), Answer::kNo);
  std::string other =
      std::string(R"({"a":[)") + std::string(depth, '[') + R"({"b":1})" + std::string(depth, ']') + R"(,{"c":1}]})";
  ASSERT_TRUE(event.read(other, paths));
  for (std::size_t i = 0; i < 2; ++i) fields[i].taken = {event.values(i).front().node};
  EXPECT_EQ(RuleMatch().search(event, 100, fields), Answer::kTooComplex);
  EXPECT_EQ(RuleMatch().search(event, 10'000, fields), Answer::kNo);
}

}  // namespace
}  // namespace millrace::filter
