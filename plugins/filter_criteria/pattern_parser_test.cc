// The messages of every refusal, in full: they are what a person sees who wrote the pattern.
#include <gtest/gtest.h>

#include "pattern.h"

namespace filter_criteria {
namespace {

// "MR6002 at /value/a, character 17: …"
std::string refusal(const std::string& pattern) {
  try {
    parse_pattern(pattern);
    return "accepted";
  } catch (const PatternError& e) {
    return e.id + " at " + e.place + ", character " + std::to_string(e.character) + ": " + e.what();
  }
}

std::string in_value(const std::string& alternatives) {
  return refusal(R"({"value":{"a":)" + alternatives + "}}");
}

TEST(PatternParser, NamesThePlaceOfBrokenJson) {
  EXPECT_EQ(refusal(""), "MR6001 at , character 1: the pattern is not JSON: the text ends too early");
  EXPECT_EQ(refusal(R"({"value": {"é": [1 2]}})"),
            "MR6001 at /value/é, character 20: the pattern is not JSON: expected , or ] here");
  EXPECT_EQ(refusal(R"({"value": {"a": [1]}} x)"),
            "MR6001 at , character 23: the pattern is not JSON: there is text after the end of the value");
  EXPECT_EQ(refusal("{\"value\": [\"\xC3(\"]}"), "MR6001 at , character 1: the pattern is not UTF-8");
}

TEST(PatternParser, RefusesWhatIsNoPattern) {
  EXPECT_EQ(refusal("[1]"),
            "MR6002 at , character 1: a pattern is a JSON object, such as {\"value\": {\"status\": [\"shipped\"]}}");
  EXPECT_EQ(refusal("null"),
            "MR6002 at , character 1: a pattern is a JSON object, such as {\"value\": {\"status\": [\"shipped\"]}}");
  EXPECT_EQ(refusal("{}"), "MR6002 at , character 2: an object in a pattern needs at least one field");
  EXPECT_EQ(refusal(R"({"value": {}})"),
            "MR6002 at /value, character 12: an object in a pattern needs at least one field");
  EXPECT_EQ(in_value("\"x\""),
            "MR6002 at /value/a, character 15: a field takes a list of alternatives or an object of fields, not a "
            "single value; write [\"x\"]");
  EXPECT_EQ(in_value("[]"),
            "MR6002 at /value/a, character 16: an empty list of alternatives matches nothing; name at least one");
  EXPECT_EQ(in_value("[[1]]"),
            "MR6002 at /value/a/0, character 16: an alternative is a string, a number, true, false, null or an "
            "operator, not a list");
  EXPECT_EQ(refusal(R"({"value":["x"], "value.a":["y"]})"),
            "MR6002 at , character 33: \"value\" cannot be plain text and JSON at once; use two filters");
}

TEST(PatternParser, RefusesOperatorsThatItDoesNotKnowOrDoesNotHaveYet) {
  EXPECT_EQ(in_value("[{}]"),
            "MR6002 at /value/a/0, character 17: an operator is missing here, such as {\"prefix\": \"eu-\"}");
  EXPECT_EQ(in_value(R"([{"PREFIX":"x"}])"),
            "MR6002 at /value/a/0/PREFIX, character 17: \"PREFIX\" is not an operator here; there are exactly, prefix, "
            "suffix, anything-but, numeric and exists");
  EXPECT_EQ(in_value(R"(["b",{"wildcard":"x*"}])"),
            "MR6003 at /value/a/1/wildcard, character 21: \"wildcard\" is not in this version");
  EXPECT_EQ(in_value(R"([{"equals-ignore-case":"x"}])"),
            "MR6003 at /value/a/0/equals-ignore-case, character 17: \"equals-ignore-case\" is not in this version");
  EXPECT_EQ(in_value(R"([{"cidr":"10.0.0.0/8"}])"),
            "MR6003 at /value/a/0/cidr, character 17: \"cidr\" is not in this version");
  EXPECT_EQ(in_value(R"([{"prefix":{"equals-ignore-case":"x"}}])"),
            "MR6003 at /value/a/0/prefix, character 27: \"equals-ignore-case\" is not in this version");
  EXPECT_EQ(in_value(R"([{"anything-but":{"wildcard":"x"}}])"),
            "MR6003 at /value/a/0/anything-but/wildcard, character 33: \"wildcard\" is not in this version");
  EXPECT_EQ(in_value(R"([{"prefix":"x","suffix":"y"}])"),
            "MR6002 at /value/a/0/prefix, character 30: an operator stands alone in its object; put each into an "
            "object of its own");
}

TEST(PatternParser, RefusesOperandsOfTheWrongKind) {
  EXPECT_EQ(in_value(R"([{"prefix":["x"]}])"), "MR6002 at /value/a/0/prefix, character 26: prefix takes one string");
  EXPECT_EQ(in_value(R"([{"suffix":1}])"), "MR6002 at /value/a/0/suffix, character 26: suffix takes one string");
  EXPECT_EQ(in_value(R"([{"exists":"true"}])"),
            "MR6002 at /value/a/0/exists, character 26: exists takes true or false");
  EXPECT_EQ(in_value(R"([{"anything-but":null}])"),
            "MR6002 at /value/a/0/anything-but, character 32: anything-but takes a string, a number, a list of either, "
            "or {\"prefix\": …} or {\"suffix\": …}");
  EXPECT_EQ(in_value(R"([{"anything-but":["x",1]}])"),
            "MR6002 at /value/a/0/anything-but, character 37: a list in anything-but is all strings or all numbers, "
            "not both");
  EXPECT_EQ(in_value(R"([{"anything-but":[]}])"),
            "MR6002 at /value/a/0/anything-but, character 33: an empty list in anything-but excludes nothing; name at "
            "least one value");
  EXPECT_EQ(in_value(R"([{"anything-but":{"prefix":""}}])"),
            "MR6002 at /value/a/0/anything-but/prefix, character 42: every string has an empty prefix, so nothing "
            "could match");
  EXPECT_EQ(in_value(R"([{"anything-but":9007199254740993}])"),
            "MR6002 at /value/a/0/anything-but, character 32: 9007199254740993 cannot be compared: no 64-bit "
            "floating-point number has exactly this value");
}

TEST(PatternParser, RefusesNumericRangesThatMakeNoSense) {
  EXPECT_EQ(in_value(R"([{"numeric":[]}])"),
            "MR6002 at /value/a/0/numeric, character 28: numeric needs a comparison, such as [\">\", 0]");
  EXPECT_EQ(in_value(R"([{"numeric":["=","1"]}])"),
            "MR6002 at /value/a/0/numeric, character 32: numeric wants a number after =");
  EXPECT_EQ(in_value(R"([{"numeric":["<>",1]}])"),
            "MR6002 at /value/a/0/numeric, character 28: \"<>\" is not a comparison; there are = < <= > >=");
  EXPECT_EQ(in_value(R"([{"numeric":["<",5,">",1]}])"),
            "MR6002 at /value/a/0/numeric, character 34: numeric takes one comparison, or a lower bound (> or >=) "
            "followed by an upper one (< or <=)");
  EXPECT_EQ(in_value(R"([{"numeric":["=",1,"<",2]}])"),
            "MR6002 at /value/a/0/numeric, character 34: numeric takes one comparison, or a lower bound (> or >=) "
            "followed by an upper one (< or <=)");
  EXPECT_EQ(in_value(R"([{"numeric":[">",1,">",2]}])"),
            "MR6002 at /value/a/0/numeric, character 34: numeric takes one comparison, or a lower bound (> or >=) "
            "followed by an upper one (< or <=)");
  EXPECT_EQ(
      in_value(R"([{"numeric":[">=",5,"<=",5]}])"),
      "MR6002 at /value/a/0/numeric, character 40: the lower bound of a numeric range must be less than the upper one");
}

TEST(PatternParser, RefusesMisusesOfOr) {
  EXPECT_EQ(refusal(R"({"value":{"$or":{"a":[1]}}})"),
            "MR6002 at /value/$or, character 17: $or takes a list of objects");
  EXPECT_EQ(refusal(R"({"value":{"$or":[{"a":[1]}]}})"),
            "MR6002 at /value/$or, character 27: $or needs at least two objects");
  EXPECT_EQ(refusal(R"({"value":{"$or":[{"a":[1]},2]}})"),
            "MR6002 at /value/$or/1, character 28: $or takes objects only");
  EXPECT_EQ(refusal(R"({"value":{"$or":[{"prefix":["x"]},{"a":[1]}]}})"),
            "MR6002 at /value/$or/0/prefix, character 19: \"prefix\" is an operator and cannot be a field inside $or; "
            "write {\"field\": [{\"prefix\": …}]}");
}

TEST(PatternParser, FiltersTheValueOnly) {
  EXPECT_EQ(refusal(R"({"key":["x"]})"),
            "MR6006 at /key, character 2: \"key\" needs record_fields, which is not in this version; only \"value\" "
            "can be filtered");
  EXPECT_EQ(refusal(R"({"status":["x"]})"),
            "MR6006 at /status, character 2: \"status\" is not part of a Kafka record; only \"value\" can be filtered: "
            "{\"value\": {\"status\": …}}");
  EXPECT_EQ(refusal(R"({"value.status":["x"]})"), "accepted");
}

TEST(PatternParser, CountsCharactersNotBytes) {
  const std::string frame = R"({"value":[""]})";
  std::string euros;
  for (std::size_t i = 0; i < kMostCharacters - frame.size(); ++i) euros += "€";
  EXPECT_EQ(refusal(R"({"value":[")" + euros + R"("]})"), "accepted");
  EXPECT_EQ(refusal(R"({"value":[")" + euros + R"(x"]})"),
            "MR6004 at , character 1: the pattern has 4097 characters; at most 4096 are allowed");
}

TEST(PatternParser, BoundsWhatOrMultipliesTo) {
  std::string ors;
  for (int i = 0; i < 30; ++i) ors += (i == 0 ? "" : ",") + std::string(R"("$or":[{"a":[1]},{"b":[1]}])");
  EXPECT_EQ(refusal(R"({"value":{)" + ors + "}}").substr(0, 6), "MR6007");
  std::string fields;
  for (int i = 0; i < 257; ++i) fields += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":[1]";
  EXPECT_EQ(refusal(R"({"value":{)" + fields + "}}").substr(0, 6), "MR6007");
}

TEST(PatternParser, SurvivesAsMuchNestingAsFits) {
  std::string deep;
  for (int i = 0; i < 650; ++i) deep += "{\"a\":";
  EXPECT_EQ(refusal(R"({"value":)" + deep + "[1]" + std::string(651, '}')), "accepted");
}

}  // namespace
}  // namespace filter_criteria
