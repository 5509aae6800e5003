// `millrace filter eval` as a user or a script sees it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace millrace::test {
namespace {

using nlohmann::json;

constexpr const char* kPattern = R"({"value":{"status":["shipped"],"total":[{"numeric":[">",100]}]}})";

Answer eval(const std::string& pattern, const std::string& event) {
  return millrace({"filter", "eval", "--pattern", pattern, "--event", event});
}

json eval_json(const std::string& pattern, const std::string& event) {
  return json::parse(millrace({"filter", "eval", "--pattern", pattern, "--event", event, "-o", "json"}).out);
}

TEST(FilterEval, SaysMatchAndExitsWith0) {
  const Answer answer = eval(kPattern, R"({"status":"shipped","total":250})");
  EXPECT_EQ(answer.out, "match: every field matches\n");
  EXPECT_EQ(answer.err, "");
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(
      eval_json(kPattern, R"({"status":"shipped","total":250})"),
      json::parse(
          R"({"verdict":"match","reason":"matched","filter":0,"path":null,"seen":null,"message":"every field matches"})"));
}

TEST(FilterEval, SaysWhichPathFailedWithTheValueSeenAndExitsWith1) {
  const Answer answer = eval(kPattern, R"({"status":"shipped","total":50})");
  EXPECT_EQ(answer.out, "no match: value.total is 50\n");
  EXPECT_EQ(answer.code, 1);
  EXPECT_EQ(
      eval_json(kPattern, R"({"status":["new","paid"],"total":250})"),
      json::parse(
          R"({"verdict":"nomatch","reason":"path","filter":0,"path":"value.status","seen":"\"new\", \"paid\"","message":"value.status is \"new\", \"paid\""})"));
  EXPECT_EQ(eval(kPattern, R"({"total":250})").out, "no match: value.status is not there\n");
}

TEST(FilterEval, SaysThatFieldsMatchInDifferentEntriesOfAnArray) {
  EXPECT_EQ(eval(R"({"value":{"items":{"color":["red"],"size":["L"]}}})",
                 R"({"items":[{"color":"red","size":"S"},{"color":"blue","size":"L"}]})")
                .out,
            "no match: value.items.size is \"S\", \"L\", but not in the same entry of an array as what the other "
            "fields match\n");
}

TEST(FilterEval, NamesTheFieldOfTheRuleThatCameClosest) {
  EXPECT_EQ(eval(R"({"value":{"$or":[{"a":[1],"b":[2],"c":[3]},{"a":[9],"d":[4]}]}})", R"({"a":9,"d":5})").out,
            "no match: value.d is 5\n");
}

TEST(FilterEval, KeepsWhatThePatternDoesNotSpeakOf) {
  const Answer answer = eval(kPattern, "plain text");
  EXPECT_EQ(answer.out, "match: the value is not a JSON object and the pattern is for JSON; such a record goes on\n");
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(eval_json(R"({"value":["x"]})", R"({"a":1})").at("reason"), "format");
  EXPECT_EQ(eval(R"({"value":["x"]})", "x").code, 0);
  EXPECT_EQ(eval(R"({"value":["x"]})", "y").out, "no match: value is \"y\"\n");
  EXPECT_EQ(eval(R"({"value":["x"]})", "").code, 1);
}

TEST(FilterEval, ExitsWith78ForABadPatternAndSaysWhere) {
  const Answer answer = eval(R"({"value":{"a":[]}})", "{}");
  EXPECT_EQ(answer.code, 78);
  EXPECT_TRUE(answer.out.starts_with("bad pattern: ")) << answer.out;
  EXPECT_NE(answer.out.find("/value/a"), std::string::npos) << answer.out;
  EXPECT_TRUE(answer.out.ends_with("[MR6002]\n")) << answer.out;
  const json parsed = eval_json("{", "{}");
  EXPECT_EQ(parsed.at("verdict"), "invalid");
  EXPECT_EQ(parsed.at("reason"), "bad_pattern");
  EXPECT_EQ(parsed.at("id"), "MR6001");
}

TEST(FilterEval, TakesFilesAndStandardInput) {
  Folder folder;
  folder.write("p.json", std::string(kPattern) + "\n");
  folder.write("stdin", "{\"status\":\"shipped\",\"total\":101}\n");
  EXPECT_EQ(folder.millrace({"filter", "eval", "--pattern", "@p.json", "--event", "-"}).code, 0);
  folder.write("text", "urgent\n");
  EXPECT_EQ(folder.millrace({"filter", "eval", "--pattern", R"({"value":["urgent"]})", "--event", "@text"}).code, 0);
  const Answer missing = folder.millrace({"filter", "eval", "--pattern", "@none", "--event", "-"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_EQ(missing.err, "millrace: cannot read none; @FILE names a file that holds the text\n");
}

TEST(FilterEval, AnswersABatchLineByLine) {
  Folder folder;
  folder.write("stdin", R"({"pattern":"{\"value\":{\"a\":[1]}}","event":"{\"a\":1.0}"})"
                        "\n"
                        R"({"pattern":"{\"value\":{\"a\":[1]}}","event":"{\"a\":2}"})"
                        "\n"
                        R"({"pattern":"{\"value\":{\"a\":1}}","event":"{}"})"
                        "\n"
                        R"({"pattern":"{\"value\":{\"a\":[1]}}","event":null})"
                        "\n");
  const Answer answer = folder.millrace({"filter", "eval", "--batch"});
  EXPECT_EQ(answer.code, 0);
  std::vector<std::string> verdicts, reasons;
  std::size_t from = 0;
  for (std::size_t end = answer.out.find('\n'); end != std::string::npos; end = answer.out.find('\n', from)) {
    const json line = json::parse(answer.out.substr(from, end - from));
    verdicts.push_back(line.at("verdict"));
    reasons.push_back(line.at("reason"));
    from = end + 1;
  }
  EXPECT_EQ(verdicts, (std::vector<std::string>{"match", "nomatch", "invalid", "match"}));
  EXPECT_EQ(reasons, (std::vector<std::string>{"matched", "path", "bad_pattern", "format"}));
  folder.write("stdin", "what\n");
  const Answer bad = folder.millrace({"filter", "eval", "--batch"});
  EXPECT_EQ(json::parse(bad.out).at("reason"), "bad_line");
  EXPECT_EQ(bad.code, 1);
}

}  // namespace
}  // namespace millrace::test
