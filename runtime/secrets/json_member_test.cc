#include "runtime/secrets/json_member.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::secrets {
namespace {

std::string pick(std::string_view json, std::string_view member) {
  Secret out;
  switch (json_member(json, member, out)) {
    case MemberError::kNotAnObject:
      return "(not an object)";
    case MemberError::kMissing:
      return "(missing)";
    case MemberError::kNone:
      break;
  }
  return std::string(out.bytes());
}

TEST(JsonMember, PicksStringsNumbersAndContainers) {
  const char* json =
      R"( {"username":"u", "password" : "p\"\\\/\n", "n": -1.5e+3, "t": true, "o": {"a": [1, "}"]}, "e": ""} )";
  EXPECT_EQ(pick(json, "username"), "u");
  EXPECT_EQ(pick(json, "password"), "p\"\\/\n");
  EXPECT_EQ(pick(json, "n"), "-1.5e+3");
  EXPECT_EQ(pick(json, "t"), "true");
  EXPECT_EQ(pick(json, "o"), R"({"a": [1, "}"]})");
  EXPECT_EQ(pick(json, "e"), "");
  EXPECT_EQ(pick(json, "a"), "(missing)");
  EXPECT_EQ(pick(json, "Username"), "(missing)");
}

TEST(JsonMember, DecodesUnicodeInNamesAndValues) {
  EXPECT_EQ(pick(R"({"p\u0061ss": "\u00e4\u20ac\ud83d\ude00\ud83dx\ude00"})", "pass"),
            "\u00e4\u20ac\U0001F600\uFFFDx\uFFFD");
}

TEST(JsonMember, TakesTheLastOfTwoAndNullForMissing) {
  EXPECT_EQ(pick(R"({"a":"1","a":"2"})", "a"), "2");
  EXPECT_EQ(pick(R"({"a":null})", "a"), "(missing)");
  EXPECT_EQ(pick("{}", "a"), "(missing)");
}

TEST(JsonMember, RefusesWhatIsNoJsonObjectEvenAfterTheMemberWanted) {
  for (const char* json : {"",
                           "x",
                           "[]",
                           "\"a\"",
                           "{",
                           R"({"a":"1")",
                           R"({"a":"1"} x)",
                           R"({"a":"1",})",
                           R"({"a":1 "b":2})",
                           R"({a:1})",
                           R"({"a":"1","b":tru})",
                           R"({"a":01})",
                           R"({"a":1.})",
                           R"({"a":-})",
                           R"({"a":"\x"})",
                           R"({"a":"\u12G4"})",
                           "{\"a\":\"\n\"}",
                           R"({"a":[1,]})",
                           R"({"a":"b)",
                           R"({"a":"\)"})
    EXPECT_EQ(pick(json, "a"), "(not an object)") << json;
  EXPECT_EQ(pick(R"({"a":)" + std::string(100'000, '[') + "}", "a"), "(not an object)");
}

TEST(JsonMember, ReadsEveryPrefixOfATextWithoutRunningOverItsEnd) {
  const std::string json = R"({"a\u00e4": ["\ud83d\ude00", -1.5e-3, {"x": false}], "b": null})";
  for (std::size_t n = 0; n < json.size(); ++n) EXPECT_EQ(pick(std::string(json.data(), n), "b"), "(not an object)");
  EXPECT_EQ(pick(json, "b"), "(missing)");
}

}  // namespace
}  // namespace millrace::secrets
