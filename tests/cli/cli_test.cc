// The commands that only answer, as a user or a script sees them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace millrace::test {
namespace {

using nlohmann::json;

constexpr const char* kPipeline =
    "name: orders\n"
    "source: {type: self_managed_kafka, bootstrap_servers: [\"b1:9092\"], topics: [orders]}\n"
    "filters: [{type: filter_criteria, filters: [{pattern: {value: {total: [{numeric: [\">\", 100.0]}]}}}]}]\n"
    "encoder: {type: lambda_event}\n"
    "sink: {type: lambda_invoke, function: f, endpoint: \"http://localhost:1\"}\n";

TEST(Cli, SaysWhatItTakesWhenTheWordsAreWrongAndExitsWith2) {
  const Answer nothing = millrace({});
  EXPECT_EQ(nothing.code, 2);
  EXPECT_EQ(nothing.out, "");
  EXPECT_EQ(nothing.err, "millrace: A subcommand is required\n  `millrace --help` shows what it takes.\n");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"fly"},
                                             {"validate"},
                                             {"run"},
                                             {"explain"},
                                             {"plugins"},
                                             {"plugins", "lst"},
                                             {"version", "-o", "xml"},
                                             {"validate", "-o", "table", "x"},
                                             {"schema", "extra"},
                                             {"--unknown", "version"},
                                             {"filter", "eval"},
                                             {"filter", "eval", "--event", "x"},
                                             {"filter", "eval", "--pattern", "-", "--event", "-"},
                                             {"filter", "eval", "--batch", "--event", "x"},
                                             {"completion", "tcsh"}}) {
    const Answer answer = millrace(words);
    EXPECT_EQ(answer.code, 2) << words[0];
    EXPECT_EQ(answer.out, "") << words[0];
    EXPECT_NE(answer.err.find("--help` shows what it takes."), std::string::npos) << answer.err;
  }
}

TEST(Cli, HelpsOnEveryLevelWithAnExample) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{},
                                                                                     {"run"},
                                                                                     {"dev"},
                                                                                     {"validate"},
                                                                                     {"schema"},
                                                                                     {"explain"},
                                                                                     {"plugins"},
                                                                                     {"plugins", "list"},
                                                                                     {"plugins", "describe"},
                                                                                     {"plugin"},
                                                                                     {"plugin", "check"},
                                                                                     {"filter"},
                                                                                     {"filter", "eval"},
                                                                                     {"plugin", "new"},
                                                                                     {"dead-letters"},
                                                                                     {"dead-letters", "list"},
                                                                                     {"dead-letters", "show"},
                                                                                     {"version"},
                                                                                     {"completion"}}) {
    std::vector<std::string> all = words;
    all.push_back("--help");
    const Answer answer = millrace(all);
    EXPECT_EQ(answer.code, 0);
    EXPECT_EQ(answer.err, "");
    EXPECT_NE(answer.out.find("Example:\n  "), std::string::npos) << answer.out;
  }
}

TEST(Cli, PrintsItsVersion) {
  EXPECT_TRUE(millrace({"version"}).out.starts_with("millrace 0.1.0 (plugin ABI 1.0"));
  EXPECT_EQ(json::parse(millrace({"version", "-o", "json"}).out).at("version"), "0.1.0");
  EXPECT_EQ(millrace({"--version"}).out, "millrace 0.1.0\n");
}

TEST(Cli, ValidatesAFileAndShowsItsDefaults) {
  Folder folder;
  folder.write("orders.yaml", kPipeline);
  const Answer plain = folder.millrace({"validate", "orders.yaml"});
  EXPECT_EQ(plain.out, "orders.yaml: pipeline 'orders' is valid\n") << plain.err;
  EXPECT_EQ(plain.err, "");
  EXPECT_EQ(plain.code, 0);
  EXPECT_EQ(json::parse(folder.millrace({"validate", "-o", "json", "orders.yaml"}).out),
            json::parse(R"({"valid":true,"diagnostics":[]})"));

  const Answer shown = folder.millrace({"validate", "--show-defaults", "orders.yaml"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_NE(shown.out.find("window: 500ms\n"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("numeric:\n"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("- 100.0\n"), std::string::npos) << shown.out;
  folder.write("again.yaml", shown.out);
  const Answer again = folder.millrace({"validate", "--show-defaults", "again.yaml"});
  EXPECT_EQ(again.out, shown.out);
}

TEST(Cli, GivesDiagnosticsAsJson) {
  Folder folder;
  folder.write("orders.yaml", "name: orders\nbatch: {size: 0}\n");
  const Answer answer = folder.millrace({"validate", "-o", "json", "orders.yaml"});
  EXPECT_EQ(answer.code, 78);
  const json parsed = json::parse(answer.out);
  EXPECT_EQ(parsed.at("valid"), false);
  EXPECT_EQ(parsed.at("diagnostics").back(),
            json::parse(R"({"id":"MR1203","severity":"error","file":"orders.yaml","line":2,"column":15,
            "pointer":"/batch/size","message":"batch.size: 0 is below the minimum 1","hint":""})"));
}

TEST(Cli, ExplainsIdsOfTheHostAndOfPlugins) {
  const Answer answer = millrace({"explain", "MR1203"});
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(answer.out,
            "MR1203: A value is out of range\n\n"
            "Cause:  The number, duration or size is above the maximum or below the minimum that the message names.\n"
            "Remedy: Choose a value within the range.\n");
  for (const char* spelling : {"mr1203", "1203", "[MR1203]"})
    EXPECT_EQ(millrace({"explain", spelling}).out, answer.out);
  EXPECT_EQ(json::parse(millrace({"explain", "MR1203", "-o", "json"}).out).at("title"), "A value is out of range");
  const Answer unknown = millrace({"explain", "MR1293"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.out, "");
  EXPECT_TRUE(unknown.err.starts_with("millrace: there is no error 'MR1293', did you mean MR12")) << unknown.err;
}

TEST(Cli, ListsAndDescribesPlugins) {
  const Answer list = millrace({"plugins", "list"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_EQ(list.err, "");
  EXPECT_TRUE(list.out.starts_with("KIND ")) << list.out;
  const json components = json::parse(millrace({"plugins", "list", "-o", "json"}).out).at("components");
  EXPECT_GE(components.size(), 4u);
  const Answer one = millrace({"plugins", "describe", "filter_criteria"});
  EXPECT_EQ(one.code, 0);
  EXPECT_NE(one.out.find("\nfilters "), std::string::npos) << one.out;
  EXPECT_EQ(millrace({"plugins", "describe", "filter/filter_criteria"}).out, one.out);
  EXPECT_EQ(json::parse(millrace({"plugins", "describe", "filter_criteria", "-o", "json"}).out).at("schema").at("type"),
            "object");
  EXPECT_NE(millrace({"plugins", "describe", "filter_criteria", "-o", "yaml"}).out.find("type: filter_criteria\n"),
            std::string::npos);
  const Answer unknown = millrace({"plugins", "describe", "filter_critera"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("did you mean 'filter_criteria'?"), std::string::npos) << unknown.err;
}

TEST(Cli, PrintsASchemaForEditors) {
  const Answer answer = millrace({"schema"});
  EXPECT_EQ(answer.code, 0);
  const json schema = json::parse(answer.out);
  EXPECT_TRUE(schema.at("properties").at("sink").contains("oneOf"));
}

TEST(Cli, ListsAndShowsDeadLetters) {
  Folder folder;
  const Answer none = folder.millrace({"dead-letters", "list", "--state", "state"});
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(none.code, 0);
  folder.write(
      "state/dead-letters/orders.jsonl",
      R"({"requestContext":{"requestId":"r","functionArn":"f","condition":"MaximumPayloadSizeExceeded","detail":"7 MB is too much","approximateInvokeCount":2},"responseContext":null,"version":"1.0","timestamp":"2026-01-31T00:00:00.000Z","KafkaBatchInfo":{"batchSize":1,"bootstrapServers":"b1:9092","payloadSize":7000000,"recordInfo":{"offset":"15","timestamp":"2026-01-30T00:00:00.000Z"}},"record":{"topic":"orders","partition":3,"offset":15,"timestamp":0,"timestampType":"CREATE_TIME","key":null,"value":"aGVsbG8=","headers":[["aA==","//4="]]}})"
      "\n{\"torn");
  const Answer list = folder.millrace({"dead-letters", "list", "--state", "state"});
  EXPECT_EQ(list.code, 0);
  EXPECT_EQ(list.out,
            "PIPELINE  TOPIC/PARTITION/OFFSET  SPOOLED                   CONDITION                   BYTES    DETAIL\n"
            "orders    orders/3/15             2026-01-31T00:00:00.000Z  MaximumPayloadSizeExceeded  7000000  7 MB is "
            "too much\n");
  EXPECT_EQ(json::parse(folder.millrace({"dead-letters", "list", "orders", "--state", "state", "-o", "json"}).out)
                .at(0)
                .at("pipeline"),
            "orders");
  const Answer show = folder.millrace({"dead-letters", "show", "orders", "orders/3/15", "--state", "state"});
  EXPECT_EQ(show.code, 0);
  EXPECT_EQ(show.out,
            "orders/3/15\n"
            "  pipeline   orders\n"
            "  condition  MaximumPayloadSizeExceeded\n"
            "  detail     7 MB is too much\n"
            "  spooled    2026-01-31T00:00:00.000Z\n"
            "  written    2026-01-30T00:00:00.000Z\n"
            "  function   f\n"
            "  attempts   2\n"
            "  key        (absent)\n"
            "  header     h: 2 bytes, base64: //4=\n"
            "  value      hello\n");
  const Answer other = folder.millrace({"dead-letters", "show", "order", "--state", "state"});
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.err.find("did you mean 'orders'?"), std::string::npos) << other.err;
  EXPECT_EQ(folder.millrace({"dead-letters", "show", "orders", "orders/3/16", "--state", "state"}).code, 1);
}

}  // namespace
}  // namespace millrace::test
