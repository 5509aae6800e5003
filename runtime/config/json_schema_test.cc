#include "runtime/config/json_schema.h"

#include <gtest/gtest.h>

#include "runtime/config/yaml_reader.h"

namespace millrace::config {
namespace {

JsonSchema schema(std::string_view text) {
  Result<JsonSchema> parsed = JsonSchema::parse(text);
  EXPECT_TRUE(parsed.ok()) << parsed.status().to_string();
  return std::move(parsed).value();
}

Checked check(std::string_view schema_text, std::string_view yaml) {
  const YamlRead read = read_yaml(yaml, "orders.yaml", empty_environment());
  EXPECT_TRUE(read.root.has_value()) << yaml;
  CheckOptions options;
  options.file = "orders.yaml";
  return schema(schema_text).check(*read.root, options);
}

std::string problems(std::string_view schema_text, std::string_view yaml) {
  std::string out;
  for (const Diagnostic& d : check(schema_text, yaml).diagnostics) out += (out.empty() ? "" : "\n") + d.to_string();
  return out;
}

std::string canonical(std::string_view schema_text, std::string_view yaml) {
  EXPECT_EQ(problems(schema_text, yaml), "");
  return check(schema_text, yaml).canonical;
}

constexpr std::string_view kRates = R"({"type":"object","properties":{
  "name":{"type":"string","minLength":1,"maxLength":5,"pattern":"^[a-z]+$","x-pattern-words":"lower-case letters"},
  "filters":{"type":"array","maxItems":2,"uniqueItems":true,"items":{"type":"object","required":["rate"],
    "properties":{"rate":{"type":"number","minimum":0,"maximum":1},"mode":{"enum":["keep","drop"],"default":"keep"}}}}}})";

TEST(JsonSchema, SaysWhereAValueStandsAndWhatItBreaks) {
  EXPECT_EQ(problems(kRates, "filters:\n  - rate: 5\n"),
            "orders.yaml:2:11: filters[0].rate: 5 is above the maximum 1 [MR1203]");
  EXPECT_EQ(problems(kRates, "filters:\n  - {rate: 1, rte: 1}\n"),
            "orders.yaml:2:15: filters[0]: unknown key 'rte', did you mean 'rate'? [MR1201]");
  EXPECT_EQ(problems(kRates, "filters:\n  - {rate: 1, zzzz: 1}\n"),
            "orders.yaml:2:15: filters[0]: unknown key 'zzzz' [MR1201]\n  The keys here are rate and mode.");
  EXPECT_EQ(problems(kRates, "filters: [{}]"), "orders.yaml:1:11: filters[0]: 'rate' is missing [MR1202]");
  EXPECT_EQ(problems(kRates, "filters: [{rate: 1, mode: kep}]"),
            "orders.yaml:1:27: filters[0].mode: 'kep' is not one of keep and drop [MR1205]\n  Did you mean keep?");
  EXPECT_EQ(problems(kRates, "name: Abc\n"), "orders.yaml:1:7: name: 'Abc' is not lower-case letters [MR1207]");
  EXPECT_EQ(problems(kRates, "name: abcdef\n"), "orders.yaml:1:7: name: 'abcdef' is longer than 5 characters [MR1206]");
  EXPECT_EQ(problems(kRates, "name: ''\n").substr(0, 49), "orders.yaml:1:7: name: must not be empty [MR1206]");
  EXPECT_EQ(problems(kRates, "name: 12\n"),
            "orders.yaml:1:7: name: must be text, not a whole number [MR1204]\n  Quote it to make it text.");
  EXPECT_EQ(problems(kRates, "filters: [{rate: '1'}]"),
            "orders.yaml:1:18: filters[0].rate: must be a number, not text [MR1204]\n  Leave the quotes out.");
  EXPECT_EQ(problems(kRates, "filters:\n"), "orders.yaml:1:1: filters: is empty; it must be a list [MR1204]");
  EXPECT_EQ(problems(kRates, "filters: [{rate: 1}, {rate: 1.0}, {rate: 1}]"),
            "orders.yaml:1:10: filters: has 3 items; it can have at most 2 [MR1206]\n"
            "orders.yaml:1:35: filters[2]: a mapping stands here and in item 0 too [MR1210]");
  EXPECT_EQ(problems(kRates, "name: abc\nname: abd\n"),
            "orders.yaml:2:1: duplicate key 'name', first written in line 1 [MR1102]\n  Keep one of the two.");
}

TEST(JsonSchema, ReportsEveryProblemAtOnceInFileOrder) {
  EXPECT_EQ(problems(kRates, "filters:\n  - {rate: 5, mode: x}\n  - {}\nnam: a\nname: 1\n"),
            "orders.yaml:2:12: filters[0].rate: 5 is above the maximum 1 [MR1203]\n"
            "orders.yaml:2:21: filters[0].mode: 'x' is not one of keep and drop [MR1205]\n"
            "orders.yaml:3:5: filters[1]: 'rate' is missing [MR1202]\n"
            "orders.yaml:4:1: unknown key 'nam', did you mean 'name'? [MR1201]\n"
            "orders.yaml:5:7: name: must be text, not a whole number [MR1204]\n  Quote it to make it text.");
}

TEST(JsonSchema, FillsDefaultsInTheOrderOfTheSchema) {
  constexpr std::string_view kText = R"({"type":"object","properties":{
    "a":{"type":"integer","default":1},
    "b":{"type":"object","default":{},"properties":{"t":{"type":"string","format":"duration","default":"500ms"},
                                                     "n":{"type":"integer"}}},
    "c":{"type":"array","default":[],"items":{"type":"string"}}}})";
  EXPECT_EQ(canonical(kText, "{}"), R"({"a":1,"b":{"t":500},"c":[]})");
  EXPECT_EQ(canonical(kText, "{c: [x], b: {n: 010}, a: +2}"), R"({"a":2,"b":{"t":500,"n":10},"c":["x"]})");
  EXPECT_EQ(check(kText, "{b: {t: 1.5s}}").display, R"({"a":1,"b":{"t":"1.5s"},"c":[]})");
}

TEST(JsonSchema, WantsUnitsAndGivesOnMillisecondsAndBytes) {
  constexpr std::string_view kText = R"({"type":"object","properties":{
    "window":{"type":"string","format":"duration","minimum":0,"maximum":300000},
    "bytes":{"type":"string","format":"bytes","minimum":1024,"maximum":6291456}}})";
  EXPECT_EQ(canonical(kText, "{window: 5m, bytes: 6MiB}"), R"({"window":300000,"bytes":6291456})");
  EXPECT_EQ(canonical(kText, "{window: 0}"), R"({"window":0})");
  EXPECT_EQ(problems(kText, "window: 301s"), "orders.yaml:1:9: window: 301s is above the maximum 5m [MR1203]");
  EXPECT_EQ(problems(kText, "bytes: 7MiB"), "orders.yaml:1:8: bytes: 7MiB is above the maximum 6MiB [MR1203]");
  EXPECT_EQ(problems(kText, "bytes: 1B"), "orders.yaml:1:8: bytes: 1B is below the minimum 1KiB [MR1203]");
  EXPECT_EQ(problems(kText, "window: 5"), "orders.yaml:1:9: window: 5 has no unit [MR1207]\n  Write 5s or 5ms.");
  EXPECT_EQ(problems(kText, "window: soon"),
            "orders.yaml:1:9: window: 'soon' is not a duration [MR1207]\n"
            "  Write a number with ms, s, m, h or d, such as 500ms or 5m.");
  EXPECT_EQ(problems(kText, "bytes: [1]"), "orders.yaml:1:8: bytes: must be a size such as 6MiB, not a list [MR1204]");
}

TEST(JsonSchema, GivesOnVerbatimValuesAsJsonTextWithDuplicatesAndSpelling) {
  constexpr std::string_view kText = R"({"type":"object","properties":{"pattern":{"x-verbatim":true}}})";
  EXPECT_EQ(canonical(kText, "pattern: {b: [300.00], a: 1, b: x}"),
            R"({"pattern":"{\"b\":[300.00],\"a\":1,\"b\":\"x\"}"})");
  EXPECT_EQ(canonical(kText, R"(pattern: '{"b": [3.0e2, 1e999], "b": 1}')"),
            R"({"pattern":"{\"b\": [3.0e2, 1e999], \"b\": 1}"})");
  EXPECT_EQ(problems(kText, "pattern: '{\"a\": }'"),
            "orders.yaml:1:10: pattern: the text is not JSON: at its character 7 [MR1207]\n"
            "  Write a mapping, or JSON in single quotes.");
  for (const char* bad :
       {"", "{", "[1,]", "{\"a\"}", "01", "1.", "+1", "1e", "\"\\x\"", "\"\\u12g4\"", "tru", "1 2", "[1}", "\"a"})
    EXPECT_NE(problems(kText, "pattern: " + json_quote(bad)).find("is not JSON"), std::string::npos) << bad;
  EXPECT_EQ(problems(kText, R"(pattern: ' [-0.5E+7, "\u00e9\"", {"a": {}}, [], null] ')"), "");
  EXPECT_EQ(problems(kText, "pattern: {a: .nan}"),
            "orders.yaml:1:14: pattern: JSON has no such number [MR1207]\n  Write a finite number.");
}

TEST(JsonSchema, TakesSecretsOnlyWhereTheyBelongAndNeverRepeatsThem) {
  constexpr std::string_view kText = R"({"type":"object","properties":{
    "key":{"type":"string","x-secret":true},"ca":{"type":"string","x-secret":true,"default":""},
    "token":{"type":"string","x-secret":"allowed"},"host":{"type":"string"}}})";
  const Checked good = check(kText, "{key: '${secret:file:a.json#b}', token: '${secret:env:T}'}");
  EXPECT_EQ(good.canonical, R"({"key":"${secret:file:a.json#b}","ca":"","token":"${secret:env:T}"})");
  ASSERT_EQ(good.secrets.size(), 2u);
  EXPECT_EQ(good.secrets[1].pointer, "/token");
  EXPECT_EQ(problems(kText, "{ca: '', token: plain}"), "");
  EXPECT_EQ(
      problems(kText, "key: hunter2"),
      "orders.yaml:1:6: key: a reference to a secret is wanted here, not the secret itself [MR1401]\n"
      "  Write ${secret:file:PATH}, ${secret:env:NAME} or ${secret:systemd:NAME}; add #MEMBER before the brace to pick "
      "a member of a JSON secret.");
  for (const char* bad : {"${secret:}", "${secret:file:}", "${secret:env:#m}", "${secret:env:A#}", "x${secret:env:A}",
                          "${secret:env:A}${secret:env:B}", "${secret:vault:x}"})
    EXPECT_NE(problems(kText, "key: '" + std::string(bad) + "'").find("[MR1401]"), std::string::npos) << bad;
  EXPECT_EQ(problems(kText, "host: '${secret:env:HOST}'"),
            "orders.yaml:1:7: host: a secret reference cannot stand here [MR1409]\n"
            "  Only the fields that the reference calls secret resolve one.");
  EXPECT_NE(
      problems(kText, "key: '${secret:arn:aws:secretsmanager:us-east-1:1:secret:x}'").find("is not in this version"),
      std::string::npos);
}

TEST(JsonSchema, RefusesWhatIsNotInThisVersionByName) {
  constexpr std::string_view kText =
      R"({"type":"object","properties":{"delivery":{"type":"object","default":{},"properties":{
    "partial_response":{"type":"boolean","default":false,"x-from":"delivery policy"},
    "ordering":{"enum":["partition"],"x-from-values":{"key":"delivery policy"},"default":"partition"}}}}})";
  EXPECT_EQ(canonical(kText, "{}"), R"({"delivery":{"ordering":"partition"}})");
  EXPECT_EQ(problems(kText, "delivery: {partial_response: false}"),
            "orders.yaml:1:30: `delivery.partial_response` is not in this version [MR1208]\n"
            "  It comes with delivery policy; leave it out until then.");
  EXPECT_EQ(
      problems(kText, "delivery: {ordering: key}"),
      "orders.yaml:1:22: `delivery.ordering: key` is not in this version [MR1208]\n  It comes with delivery policy.");
}

TEST(JsonSchema, ExplainsTheFormThatWasMeantAmongSeveral) {
  constexpr std::string_view kText = R"({"type":"object","properties":{"start":{"oneOf":[
    {"enum":["LATEST","TRIM_HORIZON"]},
    {"type":"object","required":["AT_TIMESTAMP"],"properties":{"AT_TIMESTAMP":{"type":"string","format":"timestamp"}}}]}}})";
  EXPECT_EQ(canonical(kText, "start: LATEST"), R"({"start":"LATEST"})");
  EXPECT_EQ(canonical(kText, "start: {AT_TIMESTAMP: 2026-01-31T00:00:00Z}"),
            R"({"start":{"AT_TIMESTAMP":"2026-01-31T00:00:00Z"}})");
  EXPECT_EQ(problems(kText, "start: LATST"),
            "orders.yaml:1:8: start: 'LATST' is not one of LATEST and TRIM_HORIZON [MR1205]\n  Did you mean LATEST?");
  EXPECT_EQ(problems(kText, "start: {AT_TIMESTAMP: yesterday}"),
            "orders.yaml:1:23: start.AT_TIMESTAMP: 'yesterday' is not a time [MR1207]\n"
            "  Write it as RFC 3339 has it, such as 2026-01-31T00:00:00Z.");
  EXPECT_EQ(problems(kText, "start: [1]"),
            "orders.yaml:1:8: start: must be LATEST or TRIM_HORIZON or a mapping, not a list [MR1209]");
}

TEST(JsonSchema, ChecksHostsAndAddresses) {
  constexpr std::string_view kText = R"({"type":"array","items":{"type":"string","format":"host_port"}})";
  for (const char* good : {"b1:9092", "10.0.0.1:1", "'[::1]:9092'", "a-b.c_d:65535"})
    EXPECT_EQ(problems(kText, "[" + std::string(good) + "]"), "") << good;
  for (const char* bad : {"b1", "b1:", ":9092", "b1:0", "b1:65536", "b1:9092 ", "::1:9092", "[]:1", "[b1]:9092",
                          "b1:9092,b2:9092", "kafka://b1:9092"})
    EXPECT_NE(problems(kText, "['" + std::string(bad) + "']").find("is not host:port"), std::string::npos) << bad;
  constexpr std::string_view kUri = R"({"type":"string","format":"uri","default":""})";
  EXPECT_EQ(problems(kUri, "http://localhost:9001"), "");
  EXPECT_EQ(problems(kUri, "''"), "");
  EXPECT_NE(problems(kUri, "localhost"), "");
}

TEST(JsonSchema, IsRefusedWhenItPromisesAChecktheHostDoesNotDo) {
  auto why = [](std::string_view text) { return std::string(JsonSchema::parse(text).status().message()); };
  EXPECT_EQ(why(R"({"type":"object","patternProperties":{}})"),
            "the schema cannot be used: /patternProperties is not a keyword that the host checks");
  EXPECT_EQ(why(R"({"type":"strin"})"), "the schema cannot be used: /type \"strin\" is not supported");
  EXPECT_EQ(why(R"({"properties":{"a":{"type":"integer","default":"x"}}})"),
            "the schema cannot be used: /properties/a/default must be a whole number, not text");
  EXPECT_EQ(why(R"({"properties":{"a":{"type":"string","format":"duration","maximum":10,"default":"5m"}}})"),
            "the schema cannot be used: /properties/a/default 5m is above the maximum 10ms");
  EXPECT_EQ(why(R"({"format":"email"})"), "the schema cannot be used: /format \"email\" is not supported");
  EXPECT_NE(why(R"({"pattern":"("})"), "");
  EXPECT_EQ(why("{").substr(0, 23), "the schema is not JSON:");
}

}  // namespace
}  // namespace millrace::config
