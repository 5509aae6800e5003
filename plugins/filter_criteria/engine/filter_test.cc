// What patterns take and refuse, by a case for each rule of the language.
#include "filter.h"

#include <gtest/gtest.h>

#include <array>

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
  EXPECT_TRUE(matches(R"({"":{"":["x"]}})", R"({".":"x"})"));
  EXPECT_TRUE(matches(R"({"":{"b":["x"]}})", R"({".b":"x"})"));
  EXPECT_TRUE(matches(R"({"a":{"":["x"]}})", R"({"a.":"x"})"));
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

TEST(Filter, ComparesWithoutCaseByTheUnitsOfThePattern) {
  const auto folds = [](const std::string& pattern, const std::string& value) {
    return matches(R"({"a":[{"equals-ignore-case":")" + pattern + R"("}]})", R"({"a":")" + value + R"("})");
  };
  EXPECT_TRUE(folds("Jefferson", "jEFFERSON"));
  EXPECT_FALSE(folds("Jefferson", "jEFFERSO"));
  EXPECT_TRUE(folds("straße", "STRASSE"));
  EXPECT_FALSE(folds("STRASSE", "straße"));
  EXPECT_TRUE(folds("ς", "Σ"));
  EXPECT_FALSE(folds("ς", "σ"));
  EXPECT_FALSE(folds("Σ", "ς"));
  EXPECT_TRUE(folds("\u212A", "k"));
  EXPECT_FALSE(folds("k", "\u212A"));
  EXPECT_TRUE(folds("ı", "I"));
  EXPECT_TRUE(folds("ǅ", "ǆ"));
  EXPECT_FALSE(folds("ǅ", "ǅ"));
  EXPECT_TRUE(folds("a😀", "A😀"));  // unlike the service's own library, which matches nothing here
  EXPECT_TRUE(matches(R"({"a":[{"prefix":{"equals-ignore-case":"sTRa"}}]})", R"({"a":"Straße"})"));
  EXPECT_TRUE(matches(R"({"a":[{"suffix":{"equals-ignore-case":"aße"}}]})", R"({"a":"STRASSE"})"));
  EXPECT_FALSE(matches(R"({"a":[{"suffix":{"equals-ignore-case":"x1"}}]})", R"({"a":1})"));
}

TEST(Filter, MatchesWildcardsWithoutGoingBack) {
  const auto fits = [](const std::string& pattern, const std::string& value) {
    return matches(R"({"a":[{"wildcard":")" + pattern + R"("}]})", R"({"a":")" + value + R"("})");
  };
  EXPECT_TRUE(fits("a*b", "ab"));
  EXPECT_TRUE(fits("a*b", "a\\n.b"));
  EXPECT_FALSE(fits("a*b", "abc"));
  EXPECT_FALSE(fits("ab*ba", "aba"));
  EXPECT_TRUE(fits("*", ""));
  EXPECT_TRUE(fits("", ""));
  EXPECT_FALSE(fits("", "x"));
  EXPECT_TRUE(fits("2*0*1*7", "2607117"));
  EXPECT_TRUE(fits(R"(\\**)", "*x"));
  EXPECT_FALSE(fits(R"(\\**)", "x"));
  EXPECT_FALSE(matches(R"({"a":[{"wildcard":"*"}]})", R"({"a":1})"));
  EXPECT_FALSE(fits("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(200'000, 'a')));
}

TEST(Filter, TakesAddressesInEverySpelling) {
  EXPECT_TRUE(matches(R"({"a":[{"cidr":"10.0.0.5/8"}]})", R"({"a":"10.255.0.1"})"));
  EXPECT_FALSE(matches(R"({"a":[{"cidr":"10.0.0.0/8"}]})", R"({"a":"11.0.0.1"})"));
  EXPECT_TRUE(matches(R"({"a":[{"cidr":"2001:db8::/33"}]})", R"({"a":"2001:0DB8:7fff::1"})"));
  EXPECT_FALSE(matches(R"({"a":[{"cidr":"2001:db8::/33"}]})", R"({"a":"2001:db8:8000::1"})"));
  EXPECT_TRUE(matches(R"({"a":[{"cidr":"10.0.0.0/8"}]})", R"({"a":"::ffff:a01:203"})"));
  EXPECT_FALSE(matches(R"({"a":[{"cidr":"0a00::/8"}]})", R"({"a":"10.0.0.1"})"));     // unlike the service's library
  EXPECT_FALSE(matches(R"({"a":[{"cidr":"18.52.86.0/24"}]})", R"({"a":12345678})"));  // likewise
  EXPECT_TRUE(matches(R"({"a":["::1"]})", R"({"a":"0:0:0:0:0:0:0:1"})"));
  EXPECT_TRUE(matches(R"({"a":["10.0.0.1"]})", R"({"a":"10.0.0.01"})"));
  EXPECT_TRUE(matches(R"({"a":["256.0.0.1","12:30"]})", R"({"a":"12:30"})"));
}

TEST(Filter, ExcludesByEveryOperator) {
  EXPECT_FALSE(matches(R"({"a":[{"anything-but":{"equals-ignore-case":["x","Y"]}}]})", R"({"a":"y"})"));
  EXPECT_TRUE(matches(R"({"a":[{"anything-but":{"equals-ignore-case":["x","Y"]}}]})", R"({"a":"z"})"));
  EXPECT_FALSE(matches(R"({"a":[{"anything-but":{"wildcard":"*"}}]})", R"({"a":"z"})"));
  EXPECT_TRUE(matches(R"({"a":[{"anything-but":{"wildcard":"*"}}]})", R"({"a":null})"));
  EXPECT_FALSE(matches(R"({"a":[{"anything-but":[1,2]}]})", R"({"a":2.0})"));
  EXPECT_TRUE(matches(R"({"a":[{"anything-but":[1,2]}]})", R"({"a":9007199254740993})"));
}

TEST(Filter, ReadsEscapesInNamesAndValues) {
  EXPECT_TRUE(matches(R"({"a":["/\u00e9"]})", R"({"\u0061":"\/é"})"));
  EXPECT_TRUE(matches(R"({"a":["😀"]})", R"({"a":"\ud83d\ude00"})"));
  EXPECT_TRUE(matches(R"({"a\"b":["\u0000"]})", R"({"a\u0022b":"\u0000"})"));
  EXPECT_TRUE(matches(R"({"a":{"b":[1]}})", R"({"a\u002eb":1})"));
}

TEST(Filter, FindsNamesWhateverTheyBeginWithAndWhereverTheyAre) {
  std::vector<std::pair<std::string, std::string>> names = {
      // in the pattern, in the event
      {"", ""},   {"\\\"q", "\\\"q"}, {"\\\\b", "\\\\b"},   {"\\n", "\\n"},
      {"é", "é"}, {"é", "\\u00e9"},   {"abc", "\\u0061bc"}, {"abc", "a\\u0062c"}};
  for (char c = ' '; c < 0x7F; ++c)
    if (c != '"' && c != '\\' && c != '.') names.emplace_back(c + std::string("1"), c + std::string("1"));
  for (const auto& [asked, given] : names) {
    const auto filter = compile("{\"value\":{\"" + asked + "\":[\"x\"]}}");
    ASSERT_TRUE(filter) << asked;
    Scratch scratch;
    for (const std::size_t end : {64u, 512u, 1024u})
      for (std::size_t at = end - 3; at < end + 2; ++at) {  // of the opening quote
        const std::string before = "{\"p\":\"" + std::string(at - 8, 'p') + "\",\"" + given + "\":\"";
        EXPECT_TRUE(filter->matches(before + "x\"}", scratch)) << asked << " " << at;
        EXPECT_FALSE(filter->matches(before + "y\"}", scratch)) << asked << " " << at;
        EXPECT_FALSE(filter->matches(before.substr(0, at - 2) + "\",\"q\":{\"" + given + "\":\"x\"}}", scratch))
            << asked;
      }
  }
}

TEST(Filter, TellsLongTextsApartByTheirMiddle) {
  const std::string begin = "beginning", end = "behind it";
  for (std::size_t size = 1; size < 20; ++size) {
    const std::string text = begin + std::string(size, 'm') + end;
    std::string other = text;
    other[begin.size() + size / 2] = '#';
    EXPECT_TRUE(matches("{\"" + text + "\":[1]}", "{\"" + other + "\":2,\"" + text + "\":1}"));
    EXPECT_FALSE(matches("{\"" + text + "\":[1]}", "{\"" + other + "\":1}"));
    EXPECT_FALSE(matches("{\"a\":[\"" + text + "\"]}", "{\"a\":\"" + other + "\"}"));
    EXPECT_TRUE(matches("{\"a\":[{\"anything-but\":\"" + text + "\"}]}", "{\"a\":\"" + other + "\"}"));
    EXPECT_FALSE(matches("{\"a\":[{\"anything-but\":\"" + text + "\"}]}", "{\"a\":\"" + text + "\"}"));
  }
}

TEST(Filter, LooksAtTextsOfEveryLength) {
  for (const bool escaped : {false, true})
    for (std::size_t size = 0; size < 20; ++size) {
      const std::string text = std::string("abcdefghijklmnopqrstuvwxyz").substr(0, size);
      std::string first = text, last = text;
      if (size != 0) first.front() = last.back() = '#';
      const auto takes = [&](const std::string& test, const std::string& value) {
        return matches("{\"a\":[" + test + "]}", "{\"a\":\"" + value + "\"" + (escaped ? ",\"b\":\"\\n\"}" : "}"));
      };
      const std::string quoted = "\"" + text + "\"", but = "{\"anything-but\":" + quoted + "}";
      EXPECT_TRUE(takes(quoted, text)) << size;
      EXPECT_FALSE(takes(but, text)) << size;
      EXPECT_FALSE(takes(quoted, text + "#")) << size;
      EXPECT_TRUE(takes(but, text + "#")) << size;
      std::string shouted;
      for (const char c : text) shouted += static_cast<char>(c & ~0x20);
      const std::string folded = "{\"equals-ignore-case\":" + quoted + "}";
      EXPECT_TRUE(takes(folded, shouted)) << size;
      EXPECT_FALSE(takes(folded, shouted + "#")) << size;
      if (size == 0) continue;
      EXPECT_TRUE(takes("{\"prefix\":" + folded + "}", shouted + "#")) << size;
      EXPECT_TRUE(takes("{\"suffix\":" + folded + "}", "#" + shouted)) << size;
      EXPECT_FALSE(takes("{\"prefix\":" + folded + "}", "#" + shouted)) << size;
      EXPECT_FALSE(takes("{\"suffix\":" + folded + "}", shouted + "#")) << size;
      EXPECT_TRUE(takes("{\"wildcard\":\"" + text + "*\"}", text + "#")) << size;
      EXPECT_TRUE(takes("{\"wildcard\":\"" + text + "*" + text + "\"}", text + text)) << size;
      EXPECT_FALSE(takes("{\"wildcard\":\"" + text + "*" + text + "\"}", text)) << size;
      EXPECT_FALSE(takes("{\"wildcard\":\"*" + text + "\"}", text + "#")) << size;
      EXPECT_TRUE(takes("{\"prefix\":" + quoted + "}", text + "#")) << size;
      EXPECT_TRUE(takes("{\"suffix\":" + quoted + "}", "#" + text)) << size;
      EXPECT_FALSE(takes("{\"prefix\":" + quoted + "}", "#" + text)) << size;
      EXPECT_FALSE(takes("{\"suffix\":" + quoted + "}", text + "#")) << size;
      for (const std::string& other : {first, last}) {
        EXPECT_FALSE(takes(quoted, other)) << size;
        EXPECT_FALSE(takes(folded, other)) << size;
        EXPECT_TRUE(takes(but, other)) << size;
      }
    }
}

TEST(Filter, FindsOneOfManyNamesAndValues) {
  std::string pattern, values;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    pattern += (i ? ",\"name" : "\"name") + n + "\":[{\"exists\":false}]";
    values += (i ? ",\"value" : "\"value") + n + "\"";
  }
  const std::string many = "{" + pattern + ",\"v\":[" + values + "]}";
  EXPECT_TRUE(matches(many, R"({"v":"value77"})"));
  EXPECT_FALSE(matches(many, R"({"v":"value770"})"));
  EXPECT_FALSE(matches(many, R"({"v":"value7","name99":0})"));
  EXPECT_TRUE(matches(many, R"({"v":"value7","name990":0})"));
}

TEST(Filter, DropsWhatItCannotJudgeWhenToldTo) {
  const auto filter = compile(R"({"value":{"a":["x"]}})", {.on_mismatch = OnMismatch::kDrop});
  for (const std::string_view value : {std::string_view("text"), std::string_view("\xFF"), std::string_view()})
    EXPECT_FALSE(filter->matches(value)) << value;
  EXPECT_TRUE(filter->matches(R"({"a":"x"})"));
}

TEST(Filter, ChecksOnlyWhatItLooksAtWhenToldTo) {
  const auto touched = [](std::string_view value) {
    const auto filter = compile(R"({"value":{"a":[1,"x"]}})", {.validate = Validate::kTouched});
    Scratch scratch;
    return filter->judge({.value = value}, scratch).reason;
  };
  EXPECT_EQ(touched(R"({"z":01,"y":"\q","a":1})"), Reason::kMatched);
  EXPECT_EQ(touched("{\"z\":\"\xFF\",\"a\":2}"), Reason::kRejected);
  EXPECT_EQ(touched(R"({"a":01})"), Reason::kOtherForm);
  EXPECT_EQ(touched(R"({"a":"\u12"})"), Reason::kOtherForm);
  EXPECT_EQ(touched("{\"a\":\"\xFF\"}"), Reason::kNotUtf8);
  EXPECT_EQ(touched(R"({"a":1,)"), Reason::kOtherForm);
  EXPECT_EQ(touched(R"({"a" 1})"), Reason::kOtherForm);
}

TEST(Filter, AsksTheOtherFieldsOfARecord) {
  const auto judge_record = [](const std::string& pattern, const Record& record) {
    const auto filter = compile(pattern, {.record_fields = true});
    EXPECT_TRUE(filter) << filter.error().message;
    Scratch scratch;
    return filter->judge(record, scratch).keep;
  };
  const Header headers[] = {{"kind", "a"}, {"kind", "b"}, {"none", {}}};
  const Record record{.value = R"({"v":1})",
                      .key = R"({"id":7})",
                      .headers = headers,
                      .topic = "orders",
                      .partition = 3,
                      .offset = 100,
                      .timestamp_ms = -1};
  EXPECT_TRUE(judge_record(R"({"key":{"id":[7]},"value":{"v":[1]}})", record));
  EXPECT_FALSE(judge_record(R"({"key":{"id":[8]},"value":{"v":[1]}})", record));
  EXPECT_TRUE(judge_record(R"({"key":[{"prefix":"{"}]})", record));
  EXPECT_TRUE(judge_record(R"({"headers":{"kind":["b"],"none":[{"exists":false}]}})", record));
  EXPECT_FALSE(judge_record(R"({"headers":{"Kind":["b"]}})", record));
  EXPECT_TRUE(judge_record(R"({"topic":["orders"],"partition":[3],"offset":[{"numeric":[">=",100]}]})", record));
  EXPECT_FALSE(judge_record(R"({"offset":[{"numeric":[">",100]}]})", record));
  EXPECT_TRUE(judge_record(R"({"timestamp":[{"exists":false}]})", record));
  EXPECT_TRUE(judge_record(R"({"value":["text"],"topic":["orders"]})", record));  // another form: the rest is asked
  EXPECT_FALSE(judge_record(R"({"value":["text"],"topic":["other"]})", record));
  EXPECT_TRUE(judge_record(R"({"key":[{"exists":false}]})", {.value = "x"}));
}

TEST(Filter, TellsWhichOfItsPatternsMatchAndClearsABatch) {
  const std::string_view patterns[] = {R"({"value":{"a":[1]}})", R"({"value":{"b":[1]}})",
                                       R"({"value":{"a":[{"exists":true}]}})"};
  const auto filter = compile(patterns);
  Scratch scratch;
  std::uint64_t matched[1];
  EXPECT_TRUE(filter->matching(R"({"a":1})", matched, scratch));
  EXPECT_EQ(matched[0], 0b101u);
  EXPECT_FALSE(filter->matching("text", matched, scratch));
  EXPECT_EQ(matched[0], 0u);
  const std::string_view values[] = {R"({"a":1})", R"({"c":1})", R"({"b":1})", R"({"b":2})"};
  std::uint64_t keep[1] = {0b1011};
  filter->match_batch(values, keep, scratch);
  EXPECT_EQ(keep[0], 0b0001u);
}

TEST(Filter, LooksForValuesBehindTheLastName) {
  const std::vector<std::string> patterns = {R"({"value":{"a":{"b":[2]}}})", R"({"value":{"a":["x"]}})"};
  EXPECT_EQ(judge(patterns, R"({"a":[{"b":1},"x"]})"), Reason::kMatched);
  EXPECT_EQ(judge(patterns, R"({"a":[[{"b":1}],"y",["x"]]})"), Reason::kMatched);
  EXPECT_EQ(judge(patterns, R"({"a":[{"b":1},"y"]})"), Reason::kRejected);
}

TEST(Filter, TellsWhichOfManyPatternsMatch) {
  for (const std::size_t count : {2u, 63u, 64u, 65u, 130u}) {
    std::vector<std::string> patterns = {R"({"value":{"$or":[{"a":["0"]},{"b":["0"]}]}})"};  // makes two rules
    for (std::size_t i = 1; i < count; ++i) patterns.push_back("{\"value\":{\"a\":[\"" + std::to_string(i) + "\"]}}");
    const std::vector<std::string_view> views(patterns.begin(), patterns.end());
    for (const bool has_or : {true, false}) {
      const auto filter = compile(std::span(views).subspan(has_or ? 0 : 1));
      ASSERT_TRUE(filter);
      Scratch scratch;
      for (std::size_t i = has_or ? 0 : 1; i < count; ++i) {
        std::array<std::uint64_t, 3> matched{}, expected{};
        const std::size_t bit = has_or ? i : i - 1;
        expected[bit / 64] = std::uint64_t{1} << (bit % 64);
        EXPECT_TRUE(filter->matching("{\"a\":\"" + std::to_string(i) + "\"}", matched, scratch));
        EXPECT_EQ(matched, expected) << i << " of " << count;
      }
    }
  }
}

TEST(Filter, RemembersNothingOfAnotherFilterThatUsedItsMemory) {
  const auto plain = compile(R"({"value":{"a":[1]}})");
  const auto joins = compile(R"({"value":{"a":{"b":[1],"c":[1]}}})");
  const auto absent = compile(R"({"value":{"b":[{"exists":false}]}})");
  const auto none = compile(std::span<const std::string_view>());
  ASSERT_TRUE(plain && joins && absent && none);
  Scratch scratch;
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_TRUE(plain->matches(R"({"a":1})", scratch));
    EXPECT_FALSE(none->matches(R"({"a":1})", scratch));
    EXPECT_FALSE(joins->matches(R"({"a":[{"b":1},{"c":1}]})", scratch));
    EXPECT_FALSE(plain->matches(R"({"a":2})", scratch));
    EXPECT_TRUE(joins->matches(R"({"a":[{"b":2},{"b":1,"c":1}]})", scratch));
    EXPECT_FALSE(absent->matches(R"({"b":1})", scratch));
    EXPECT_TRUE(absent->matches(R"({"a":1})", scratch));
  }
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
