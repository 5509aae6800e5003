// The messages of every refusal, in full: they are what a person sees who wrote the pattern.
#include <gtest/gtest.h>

#include "filter.h"

namespace millrace::filter {
namespace {

// "MR6002 at /value/a, 1:17: …"
std::string refusal(const std::string& pattern, const Options& options = {}) {
  const auto filter = compile(pattern, options);
  if (filter) return "accepted";
  const Error& e = filter.error();
  return e.id + " at " + e.pointer + ", " + std::to_string(e.line) + ":" + std::to_string(e.column) + ": " + e.message;
}

// The message alone, of alternatives for the field "a"; the place is tested by itself.
std::string in_value(const std::string& alternatives, const Options& options = {}) {
  const auto filter = compile(R"({"value":{"a":)" + alternatives + "}}", options);
  return filter ? "accepted" : filter.error().message;
}

TEST(PatternParser, NamesThePlaceOfBrokenJson) {
  EXPECT_EQ(refusal(""), "MR6001 at , 1:1: The pattern is not JSON: the text ends too early");
  EXPECT_EQ(refusal(R"({"value": {"é": [1 2]}})"),
            "MR6001 at /value/é, 1:20: The pattern is not JSON: expected , or ] here");
  EXPECT_EQ(refusal("{\"value\":\n {\"a\": [1]}} x"),
            "MR6001 at , 2:14: The pattern is not JSON: there is text after the end of the value");
  EXPECT_EQ(refusal("{\"value\": [\"\xC3(\"]}"), "MR6001 at , 1:1: The pattern is not UTF-8");
}

TEST(PatternParser, NamesThePlaceInsideAnOperator) {
  EXPECT_EQ(refusal(R"({"value":{"a/b":["x",{"anything-but":{"prefix":""}}]}})"),
            "MR6002 at /value/a~1b/1/anything-but/prefix, 1:48: Null prefix/suffix not allowed; every string has an "
            "empty prefix");
}

TEST(PatternParser, RefusesWhatIsNoPattern) {
  const std::string shape = "Filter is not an object; a pattern looks like {\"value\": {\"status\": [\"shipped\"]}}";
  EXPECT_EQ(refusal("[1]"), "MR6002 at , 1:1: " + shape);
  EXPECT_EQ(refusal("null"), "MR6002 at , 1:1: " + shape);
  EXPECT_EQ(refusal("\"simple string\""), "MR6002 at , 1:1: " + shape);
  EXPECT_EQ(refusal("{}"), "MR6002 at , 1:2: Empty objects are not allowed; name at least one field");
  EXPECT_EQ(refusal(R"({"value": {}})"),
            "MR6002 at /value, 1:12: Empty objects are not allowed; name at least one field");
  EXPECT_EQ(in_value("\"x\""), "\"a\" must be an object or an array; write [\"x\"]");
  EXPECT_EQ(in_value("[]"), "Empty arrays are not allowed; name at least one alternative");
  EXPECT_EQ(in_value("[[1]]"), "Match value must be String, number, true, false, or null; lists do not nest here");
  EXPECT_EQ(refusal(R"({"value":["x"], "value.a":["y"]})"),
            "MR6002 at , 1:33: \"value\" cannot be plain text and JSON at once; use two filters");
}

TEST(PatternParser, RefusesOperatorsThatItDoesNotKnow) {
  const std::string known =
      "; there are exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr and exists";
  const std::string alone = "Only one key allowed in match expression; put each operator into an object of its own";
  EXPECT_EQ(in_value("[{}]"), "Match expression name not found; an operator looks like {\"prefix\": \"eu-\"}");
  EXPECT_EQ(in_value(R"([{"PREFIX":"x"}])"), "Unrecognized match type PREFIX" + known);
  EXPECT_EQ(in_value(R"([{"prefix":"x","suffix":"y"}])"), alone);
  EXPECT_EQ(in_value(R"([{"exists":true,"x":1}])"), alone);
  EXPECT_EQ(in_value(R"([{"anything-but":{"prefix":"x","suffix":"y"}}])"), alone);
  EXPECT_EQ(in_value(R"([{"prefix":{"equals-ignore-case":"x","a":"b"}}])"), alone);
  EXPECT_EQ(in_value(R"([{"prefix":{"wildcard":"x"}}])"), "Unsupported prefix pattern: wildcard");
  EXPECT_EQ(in_value(R"([{"suffix":{"wildcard":"x"}}])"), "Unsupported suffix pattern: wildcard");
  EXPECT_EQ(in_value(R"([{"suffix":{}}])"), "Match expression name not found; write {\"equals-ignore-case\": \"x\"}");
  EXPECT_EQ(in_value(R"([{"anything-but":{}}])"),
            "Match expression name not found; an operator looks like {\"prefix\": \"test-\"}");
  EXPECT_EQ(in_value(R"([{"anything-but":{"numeric":["=",1]}}])"), "Unsupported anything-but pattern: numeric");
}

TEST(PatternParser, RefusesOperandsOfTheWrongKind) {
  EXPECT_EQ(in_value(R"([{"exactly":1}])"), "exact match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"prefix":["x"]}])"), "prefix match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"suffix":1}])"), "suffix match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"equals-ignore-case":["x"]}])"), "equals-ignore-case match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"prefix":{"equals-ignore-case":5}}])"), "equals-ignore-case match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"exists":"true"}])"), "exists match pattern must be either true or false.");
  EXPECT_EQ(in_value(R"([{"wildcard":5}])"), "wildcard match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"cidr":["10.0.0.0/8"]}])"), "cidr match pattern must be a string");
}

TEST(PatternParser, RefusesWildcardsThatSayNothingMore) {
  EXPECT_EQ(in_value(R"([{"wildcard":"abc**def"}])"), "Consecutive wildcard characters at pos 4");
  EXPECT_EQ(in_value(R"([{"wildcard":"é**"}])"), "Consecutive wildcard characters at pos 3");
  EXPECT_EQ(in_value(R"([{"wildcard":"ab\\c"}])"), "Invalid escape character at pos 3");
  EXPECT_EQ(in_value(R"([{"wildcard":"ab\\"}])"), "Invalid escape character at pos 3");
  EXPECT_EQ(in_value(R"([{"wildcard":"\\**"},{"wildcard":"*\\*"},{"wildcard":"\\\\*"}])"), "accepted");
}

TEST(PatternParser, RefusesWhatAnythingButCannotExclude) {
  const std::string mixed =
      "Inside anything but list, either all values are number or string, mixed type is not supported";
  const std::string scalar = "Value of anything-but must be an array or single string/number value.";
  EXPECT_EQ(in_value(R"([{"anything-but":null}])"), scalar);
  EXPECT_EQ(in_value(R"([{"anything-but":true}])"), scalar);
  EXPECT_EQ(in_value(R"([{"anything-but":["x",1]}])"), mixed);
  EXPECT_EQ(in_value(R"([{"anything-but":[]}])"), mixed + "; an empty list excludes nothing");
  EXPECT_EQ(in_value(R"([{"anything-but":["x",null]}])"),
            "Inside anything but list, start|null|boolean is not supported.");
  EXPECT_EQ(in_value(R"([{"anything-but":{"prefix":""}}])"),
            "Null prefix/suffix not allowed; every string has an empty prefix");
  EXPECT_EQ(in_value(R"([{"anything-but":{"suffix":["x",""]}}])"),
            "Null prefix/suffix not allowed; every string has an empty suffix");
  EXPECT_EQ(in_value(R"([{"anything-but":{"suffix":27}}])"), "prefix/suffix match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"anything-but":{"equals-ignore-case":[1]}}])"),
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.");
  EXPECT_EQ(in_value(R"([{"anything-but":{"wildcard":[1]}}])"), "wildcard match pattern must be a string");
  EXPECT_EQ(in_value(R"([{"anything-but":{"wildcard":[]}}])"),
            "Empty arrays are not allowed; an empty list excludes nothing");
  EXPECT_EQ(in_value(R"([{"anything-but":9007199254740993}])"),
            "Cannot compare number : 9007199254740993; no 64-bit floating-point number is written so");
  EXPECT_EQ(in_value(R"([{"anything-but":{"equals-ignore-case":""}},{"anything-but":{"wildcard":""}}])"), "accepted");
}

TEST(PatternParser, RefusesNumericRangesThatMakeNoSense) {
  EXPECT_EQ(in_value(R"([{"numeric":10}])"), "Value of numeric must be an array. Such as [\">\", 0, \"<=\", 100]");
  EXPECT_EQ(in_value(R"([{"numeric":[]}])"),
            "Invalid member in numeric match: a comparison is wanted, such as [\">\", 0]");
  EXPECT_EQ(in_value(R"([{"numeric":[1]}])"), "Invalid member in numeric match: one of = < <= > >= is wanted here");
  EXPECT_EQ(in_value(R"([{"numeric":["=","1"]}])"), "Value of equals must be numeric");
  EXPECT_EQ(in_value(R"([{"numeric":["<="]}])"), "Value of <= must be numeric");
  EXPECT_EQ(in_value(R"([{"numeric":[">",0,"<"]}])"), "Value of < must be numeric");
  EXPECT_EQ(in_value(R"([{"numeric":["<>",1]}])"), "Unrecognized numeric range operator: <>");
  const std::string too_many = "Too many elements in numeric expression; a range names its lower bound first";
  EXPECT_EQ(in_value(R"([{"numeric":["<",5,">",1]}])"), too_many);
  EXPECT_EQ(in_value(R"([{"numeric":["=",1,"<",2]}])"), too_many);
  EXPECT_EQ(in_value(R"([{"numeric":[">",1,">",2]}])"),
            "Bad numeric range operator: >; an upper bound (< or <=) follows a lower one");
  EXPECT_EQ(in_value(R"([{"numeric":[">",1,"<",2,false]}])"), "Too many terms in numeric range expression");
  EXPECT_EQ(in_value(R"([{"numeric":[">=",5,"<=",5]}])"), "Bottom must be less than top");
  EXPECT_EQ(in_value(R"([{"numeric":["=",2.0e422]}])"),
            "Cannot compare number : 2.0e422; no 64-bit floating-point number is written so");
}

TEST(PatternParser, RefusesRangesOfAddressesThatAreNone) {
  const auto cidr = [](const std::string& text) { return in_value(R"([{"cidr":")" + text + R"("}])"); };
  EXPECT_EQ(cidr("10.0.0.0"), "Malformed CIDR, one '/' required");
  EXPECT_EQ(cidr("10.0.0.0/8/8"), "Malformed CIDR, one '/' required");
  EXPECT_EQ(cidr("10.0.0.0/x"), "Malformed CIDR, mask bits must be an integer");
  EXPECT_EQ(cidr("10.0.0.0/-1"), "Malformed CIDR, mask bits must not be negative");
  EXPECT_EQ(cidr("10.0.0.0/32"), "IPv4 mask bits must be < 32");
  EXPECT_EQ(cidr("::/128"), "IPv6 mask bits must be < 128");
  EXPECT_EQ(cidr("host/8"), "Nonstandard IP address: host");
  EXPECT_EQ(cidr("10.0.0.256/8"), "Invalid IP address: 10.0.0.256");
  EXPECT_EQ(cidr("1:::2/8"), "Invalid IP address: 1:::2");
  EXPECT_EQ(cidr("10.0.0.1/+8"), "accepted");
}

TEST(PatternParser, RefusesMisusesOfOr) {
  const auto in_or = [](const std::string& objects) { return refusal(R"({"value":{"$or":)" + objects + "}}"); };
  EXPECT_EQ(in_or(R"({"a":[1]})"), "MR6002 at /value/$or, 1:17: It must be an Array followed with $or.");
  EXPECT_EQ(in_or(R"([{"a":[1]}])"),
            "MR6002 at /value/$or, 1:27: There must have at least 2 Objects in $or relationship.");
  EXPECT_EQ(in_or(R"([{"a":[1]},2])"),
            "MR6002 at /value/$or/1, 1:28: Only JSON object is allowed in array of $or relationship.");
  EXPECT_EQ(in_or(R"([{"prefix":["x"]},{"a":[1]}])"),
            "MR6002 at /value/$or/0/prefix, 1:19: prefix is Ruler reserved fieldName which cannot be used inside $or. "
            "An operator stands in a list: {\"field\": [{\"prefix\": …}]}");
}

TEST(PatternParser, FiltersTheValueOnlyUnlessRecordFieldsSaysMore) {
  EXPECT_EQ(refusal(R"({"key":["x"]})"),
            "MR6006 at /key, 1:2: \"key\" can be filtered only with record_fields: true; AWS filters by \"value\" "
            "alone");
  EXPECT_EQ(refusal(R"({"status":["x"]})"),
            "MR6006 at /status, 1:2: \"status\" is not part of a Kafka record; only \"value\" can be filtered: "
            "{\"value\": {\"status\": …}}");
  EXPECT_EQ(refusal(R"({"value.status":["x"]})"), "accepted");
  const Options all{.record_fields = true};
  EXPECT_EQ(refusal(R"({"key":{"id":[1]},"headers":{"a.b":["x"]},"topic":["t"],"offset":[{"numeric":[">",5]}]})", all),
            "accepted");
  EXPECT_EQ(refusal(R"({"topic":{"a":["x"]}})", all),
            "MR6006 at /topic, 1:10: \"topic\" is a single value, not an object; write {\"topic\": [...]}");
  EXPECT_EQ(refusal(R"({"headers":["x"]})", all),
            "MR6006 at /headers, 1:12: \"headers\" takes an object of header names: {\"headers\": {\"name\": [...]}}");
  EXPECT_EQ(refusal(R"({"status":["x"]})", all),
            "MR6006 at /status, 1:2: \"status\" is not part of a Kafka record; there are value, key, headers, topic, "
            "partition, offset and timestamp");
}

TEST(PatternParser, RefusesOperatorsBeyondLambdasTableWhenStrict) {
  const Options strict{.strict_lambda = true};
  for (const char* alternative :
       {R"([{"wildcard":"*"}])", R"([{"cidr":"10.0.0.0/8"}])", R"([{"exactly":"x"}])",
        R"([{"prefix":{"equals-ignore-case":"x"}}])", R"([{"anything-but":{"prefix":"x"}}])"}) {
    EXPECT_EQ(in_value(alternative), "accepted");
    EXPECT_NE(in_value(alternative, strict).find("not in the Lambda guide's table"), std::string::npos) << alternative;
  }
  EXPECT_EQ(refusal(R"({"value":[{"wildcard":"x"}]})", strict),
            "MR6003 at /value/0/wildcard, 1:12: wildcard is not in the Lambda guide's table of operators, and "
            "strict_lambda is on");
  EXPECT_EQ(in_value(R"(["",null,1,true,{"equals-ignore-case":"x"},{"anything-but":["x"]},{"numeric":["=",1]},
                       {"exists":true},{"prefix":"x"},{"suffix":"x"}])",
                     strict),
            "accepted");
}

TEST(PatternParser, CountsCharactersNotBytes) {
  const std::string frame = R"({"value":[""]})";
  std::string euros;
  for (std::size_t i = 0; i < Options{}.maximum_characters - frame.size(); ++i) euros += "€";
  EXPECT_EQ(refusal(R"({"value":[")" + euros + R"("]})"), "accepted");
  EXPECT_EQ(refusal(R"({"value":[")" + euros + R"(x"]})"),
            "MR6004 at , 1:1: The pattern has 4097 characters; at most 4096 are allowed");
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
}  // namespace millrace::filter
