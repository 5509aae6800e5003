// What patterns take and refuse, by a case for each rule of the language.
#include "filter.h"

#include <gtest/gtest.h>

namespace millrace::filter {
namespace {

Reason judge(const std::vector<std::string>& patterns, std::string_view value, const Options& options = {}) {
  const std::vector<std::string_view> views(patterns.begin(), patterns.end());
  const auto filter = compile(views, options);
  EXPECT_TRUE(filter) << filter.error().message;
  Scratch scratch;
  return filter->judge({.value = value}, scratch).reason;
}

bool matches(const std::string& pattern, std::string_view event) {
  const Reason reason = judge({"{\"value\":" + pattern + "}"}, event);
  EXPECT_TRUE(reason == Reason::kMatched || reason == Reason::kRejected) << pattern << " " << event;
  return reason == Reason::kMatched;
}

TEST(Filter, ComparesNumbersByValueAndElseBySpelling) {
  EXPECT_TRUE(matches(R"({"a":[300]})", R"({"a":3.0e2})"));
  EXPECT_TRUE(matches(R"({"a":[0]})", R"({"a":-0.0})"));
  EXPECT_FALSE(matches(R"({"a":[300]})", R"({"a":"300"})"));
  EXPECT_TRUE(matches(R"({"a":[12345678901234567890]})", R"({"a":12345678901234567890})"));
  EXPECT_FALSE(matches(R"({"a":[12345678901234567890]})", R"({"a":12345678901234567890.0})"));
  EXPECT_FALSE(matches(R"({"a":[9007199254740992]})", R"({"a":9007199254740993})"));
  EXPECT_FALSE(matches(R"({"a":[{"numeric":[">",0]}]})", R"({"a":9007199254740993})"));
}

TEST(Filter, TellsNullMissingAndEmptyApart) {
  EXPECT_TRUE(matches(R"({"a":[null]})", R"({"a":null})"));
  EXPECT_FALSE(matches(R"({"a":[null]})", R"({})"));
  EXPECT_FALSE(matches(R"({"a":[null]})", R"({"a":""})"));
  EXPECT_TRUE(matches(R"({"a":[{"exists":true}]})", R"({"a":null})"));
  EXPECT_FALSE(matches(R"({"a":[{"exists":true}]})", R"({"a":{"b":1}})"));
  EXPECT_FALSE(matches(R"({"a":[{"exists":true}]})", R"({"a":[]})"));
  EXPECT_TRUE(matches(R"({"a":[{"exists":false}]})", R"({"a":[{}]})"));
  EXPECT_TRUE(matches(R"({"a":[{"exists":false},"x"]})", R"({"a":"x"})"));
  EXPECT_FALSE(matches(R"({"a":[{"exists":false},"x"]})", R"({"a":"y"})"));
}

TEST(Filter, TakesValuesOfOtherTypesForAnythingBut) {
  EXPECT_TRUE(matches(R"({"a":[{"anything-but":300}]})", R"({"a":"300"})"));
  EXPECT_FALSE(matches(R"({"a":[{"anything-but":300}]})", R"({"a":3e2})"));
  EXPECT_TRUE(matches(R"({"a":[{"anything-but":"x"}]})", R"({"a":null})"));
  EXPECT_FALSE(matches(R"({"a":[{"anything-but":"x"}]})", R"({"b":1})"));
  EXPECT_TRUE(matches(R"({"a":[{"anything-but":"x"}]})", R"({"a":["x","y"]})"));
  EXPECT_FALSE(matches(R"({"a":[{"anything-but":"x"}]})", R"({"a":["x","x"]})"));
  EXPECT_TRUE(matches(R"({"a":[{"anything-but":{"prefix":"1"}}]})", R"({"a":12})"));
  EXPECT_FALSE(matches(R"({"a":[{"anything-but":{"suffix":["a","b"]}}]})", R"({"a":"xb"})"));
}

TEST(Filter, DoesNotTakeTheQuotesOfAStringForPartOfIt) {  // unlike the service's own library
  EXPECT_FALSE(matches(R"({"a":[{"prefix":"abc\""}]})", R"({"a":"abc"})"));
  EXPECT_FALSE(matches(R"({"a":[{"suffix":"\"abc"}]})", R"({"a":"abc"})"));
}

TEST(Filter, TakesEmptyMemberNamesAtEveryLevel) {  // unlike the service's own library
  EXPECT_TRUE(matches(R"({"":["x"]})", R"({"":"x"})"));
  EXPECT_TRUE(matches(R"({"a":{"":["x"]}})", R"({"a":{"":"x"}})"));
  EXPECT_FALSE(matches(R"({"a":{"":["x"]}})", R"({"a":"x"})"));
}

TEST(Filter, TakesDotsInNamesForNesting) {
  EXPECT_TRUE(matches(R"({"a.b":["x"]})", R"({"a":{"b":"x"}})"));
  EXPECT_TRUE(matches(R"({"a":{"b":["x"]}})", R"({"a.b":"x"})"));
  EXPECT_FALSE(matches(R"({"state.status":["x"]})", R"({"state.status":{"status":"x"}})"));
  EXPECT_FALSE(matches(R"({"ab":["x"]})", R"({"a":{"b":"x"}})"));
}

TEST(Filter, SeesEveryValueOfADuplicateMember) {
  EXPECT_TRUE(matches(R"({"a":["x"]})", R"({"a":"x","a":"y"})"));
  EXPECT_TRUE(matches(R"({"a":{"b":[1],"c":[2]}})", R"({"a":{"b":1},"a":{"c":2}})"));
  EXPECT_FALSE(matches(R"({"a":["x"],"a":["y"]})", R"({"a":"x"})"));  // in a pattern the last one counts
}

TEST(Filter, LetsALaterPathReplaceAnEarlierOneInOr) {
  const std::string before = R"({"a":["1"],"$or":[{"a":["2"]},{"b":["3"]}]})";
  EXPECT_TRUE(matches(before, R"({"a":"2"})"));
  EXPECT_TRUE(matches(before, R"({"a":"1","b":"3"})"));
  EXPECT_FALSE(matches(before, R"({"a":"1"})"));
  EXPECT_FALSE(matches(before, R"({"b":"3"})"));
  EXPECT_FALSE(matches(R"({"$or":[{"a":["2"]},{"b":["3"]}],"a":["1"]})", R"({"a":"2"})"));
  EXPECT_TRUE(matches(R"({"$or":[{"a":["2"]},{"b":["3"]}],"a":["1"]})", R"({"a":"1"})"));
}

TEST(Filter, MultipliesSeveralOr) {
  const std::string pattern = R"({"$or":[{"a":[1]},{"b":[1]}],"x":{"$or":[{"c":[1]},{"d":[1]}]}})";
  EXPECT_TRUE(matches(pattern, R"({"b":1,"x":{"c":1}})"));
  EXPECT_FALSE(matches(pattern, R"({"a":1,"b":1})"));
  EXPECT_FALSE(matches(pattern, R"({"x":{"c":1}})"));
}

TEST(Filter, CombinesFieldsOnlyWithinOneEntryOfAnArray) {
  const std::string pattern = R"({"a":{"b":[1],"c":[2]}})";
  EXPECT_TRUE(matches(pattern, R"({"a":[{"b":1,"c":2}]})"));
  EXPECT_FALSE(matches(pattern, R"({"a":[{"b":1},{"c":2}]})"));
  EXPECT_FALSE(matches(pattern, R"({"a":[[{"b":1},{"c":2}]]})"));
  EXPECT_TRUE(matches(pattern, R"({"a":[{"b":[{"x":0}],"c":0},{"b":[0,1],"c":[2,3]}]})"));
  EXPECT_TRUE(matches(R"({"a":{"b":[1]},"x":{"c":[2]}})", R"({"a":[{"b":0},{"b":1}],"x":[{"c":2}]})"));
}

TEST(Filter, PutsNoTieOnScalarsInAnArray) {
  EXPECT_TRUE(matches(R"({"a":[1],"b":[2]})", R"({"a":[0,1],"b":[2,0]})"));
  EXPECT_TRUE(matches(R"({"a":[1],"a.b":[2]})", R"({"a":[1,{"b":2}]})"));
}

TEST(Filter, FindsTheCombinationThatOnlyBacktrackingFinds) {
  EXPECT_TRUE(
      matches(R"({"a":{"b":[1],"c":[2],"d":[3]}})", R"({"a":[{"b":1,"c":2},{"b":1,"d":3},{"b":1,"c":2,"d":3}]})"));
  EXPECT_TRUE(matches(R"({"a":{"b":{"x":[1]},"c":{"y":[2]}}})",
                      R"({"a":[{"b":[{"x":1}]},{"b":[{"x":0},{"x":1}],"c":[{"y":0},{"y":2}]}]})"));
}

TEST(Filter, AsksForAbsenceInTheOrderOfThePaths) {
  EXPECT_TRUE(matches(R"({"a":{"d":[2],"e":[{"exists":false}]}})", R"({"a":[{"e":1},{"d":2}]})"));
  EXPECT_FALSE(matches(R"({"a":{"c":[{"exists":false}],"d":[2]}})", R"({"a":[{"c":1},{"d":2}]})"));
}

TEST(Filter, FollowsTheFormatTable) {
  const std::string json = R"({"value":{"a":["x"]}})";
  const std::string text = R"({"value":["x",{"prefix":"err"}]})";
  EXPECT_EQ(judge({json}, R"({"a":"x"})"), Reason::kMatched);
  EXPECT_EQ(judge({json}, " {\"a\" : \"y\"}\n"), Reason::kRejected);
  EXPECT_EQ(judge({text}, "x"), Reason::kMatched);
  EXPECT_EQ(judge({text}, "error"), Reason::kMatched);
  EXPECT_EQ(judge({text}, "y"), Reason::kRejected);
  EXPECT_EQ(judge({text}, "\"x\""), Reason::kRejected);  // plain text is compared as it is
  EXPECT_EQ(judge({json}, "x"), Reason::kOtherForm);
  EXPECT_EQ(judge({text}, R"({"a":"x"})"), Reason::kOtherForm);
  EXPECT_EQ(judge({json}, "\xFF"), Reason::kNotUtf8);
  EXPECT_EQ(judge({text}, "\xFF"), Reason::kNotUtf8);
  EXPECT_EQ(judge({json}, "{\"a\":\"\xFF\"}"), Reason::kNotUtf8);
  EXPECT_EQ(judge({json, text}, {}), Reason::kNoValue);  // a tombstone
  EXPECT_EQ(judge({json}, ""), Reason::kOtherForm);      // an empty value is plain text
  EXPECT_EQ(judge({R"({"value":[""]})"}, ""), Reason::kMatched);
}

TEST(Filter, TakesMalformedJsonForPlainTextWhereverItBreaks) {
  const std::string json = R"({"value":{"a":["x"]}})";
  for (const char* value :
       {R"({"a":"x")", R"({"a":"x"} ,)", R"({"a":"x"}})", R"({"a":"x","z":01})", R"({"a":"x","z":[1,]})",
        R"({"a":"x","z":"\q"})", R"({"a":"x","z":NaN})", R"({"a":"x",})", R"([{"a":"x"}])", R"("x")", "5", "null",
        "true", "{'a':'x'}", "\xEF\xBB\xBF{\"a\":\"x\"}", "{\"a\":\"x\"}\x00", "{\"a\":\"x\ny\"}"})
    EXPECT_EQ(judge({json}, value), std::string_view(value) == "{\"a\":\"x\"}" ? Reason::kMatched : Reason::kOtherForm)
        << value;
}

TEST(Filter, OrsFiltersAndAsksOnlyThoseOfTheValuesForm) {
  const std::vector<std::string> filters{R"({"value":{"a":["x"]}})", R"({"value":{"b":["y"]}})",
                                         R"({"value":["text"]})"};
  EXPECT_EQ(judge(filters, R"({"b":"y"})"), Reason::kMatched);
  EXPECT_EQ(judge(filters, R"({"b":"z"})"), Reason::kRejected);
  EXPECT_EQ(judge(filters, "text"), Reason::kMatched);
  EXPECT_EQ(judge(filters, "other"), Reason::kRejected);
}

TEST(Filter, SaysWhichFilterIsWrong) {
  const std::string_view patterns[] = {R"({"value":["x"]})", "{\n  \"value\": é}"};
  const auto filter = compile(patterns);
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().id, "MR6001");
  EXPECT_EQ(filter.error().pointer, "/value");
  EXPECT_EQ(filter.error().pattern, 1u);
  EXPECT_EQ(filter.error().offset, 13u);
  EXPECT_EQ(filter.error().line, 2u);
  EXPECT_EQ(filter.error().column, 12u);
}

TEST(Filter, JoinsLargeArraysInLinearTime) {
  std::string early = R"({"a":[)";
  for (int i = 0; i < 100'000; ++i) early += i < 50'000 ? R"({"b":1},)" : R"({"c":2},)";
  EXPECT_FALSE(matches(R"({"a":{"b":[1],"c":[2]}})", early + R"({"b":1}]})"));
  EXPECT_TRUE(matches(R"({"a":{"b":[1],"c":[2]}})", early + R"({"b":1,"c":2}]})"));
}

TEST(Filter, StopsWhereJoiningWouldNeverEnd) {
  // Each of 40 arrays offers two fields, but never both: 2^40 combinations.
  std::string pattern, event;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    pattern += (i ? "," : "") + std::string("\"p") + n + "\":{\"x\":[1],\"y\":[1]}";
    event += (i ? "," : "") + std::string("\"p") + n + R"(":[{"x":1},{"y":1}])";
  }
  EXPECT_EQ(judge({R"({"value":{)" + pattern + "}}"}, "{" + event + "}"), Reason::kTooComplex);
}

TEST(Filter, ReadsDeepNestingAndLongValues) {
  std::string open, close;
  for (int i = 0; i < 1000; ++i) open += "{\"a\":", close += "}";
  EXPECT_TRUE(matches(R"({"z":["x"]})", "{\"deep\":" + open + "[1]" + close + ",\"z\":\"x\"}"));
  EXPECT_TRUE(matches(R"({"a":[{"suffix":"end"}]})", "{\"a\":\"" + std::string(1'000'000, 'x') + "end\"}"));
}

}  // namespace
}  // namespace millrace::filter
