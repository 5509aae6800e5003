#include "runtime/dev/dev_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/dev/default_pipeline.h"

namespace millrace::dev {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

// The schemas of the plugins as they are in the source tree, and a few of components that there need not be.
class Schemas : public config::ComponentSchemas {
 public:
  Schemas() {
    for (const char* plugin :
         {"source_self_managed_kafka", "filter_criteria", "encoder_lambda_event", "sink_lambda_invoke"}) {
      std::ifstream file(std::string(DEV_TEST_PLUGINS) + "/" + plugin + "/schema.json");
      EXPECT_TRUE(file) << plugin;
      const std::string name = plugin;
      const std::string type = name == "filter_criteria" ? name : name.substr(name.find('_') + 1);
      schemas_[type].assign(std::istreambuf_iterator<char>(file), {});
    }
  }
  const std::string* schema(config::ComponentKind, std::string_view type) const override {
    const auto found = schemas_.find(std::string(type));
    return found == schemas_.end() ? nullptr : &found->second;
  }
  std::vector<std::string> types(config::ComponentKind) const override { return {}; }

 private:
  std::map<std::string, std::string> schemas_{
      {"ticks", R"({"type":"object"})"},
      {"grpc", R"({"type":"object","properties":{"target":{"type":"string"}}})"},
      {"sasl_scram", R"({"type":"object","properties":{"credentials":{"type":"string","x-secret":true}}})"}};
};

const Schemas kSchemas;

config::PipelineSpec load(const std::string& text) {
  const config::Environment none = config::empty_environment();
  auto load = config::parse_pipeline(text, "mine.yaml", kSchemas, none);
  for (const Diagnostic& d : load.diagnostics) ADD_FAILURE() << d.to_string();
  return load.spec.value_or(config::PipelineSpec{});
}

std::string pipeline(const std::string& source, const std::string& rest) {
  return "name: mine\nsource: {type: self_managed_kafka, bootstrap_servers: [\"b1:9092\", \"b2:9092\"], topics: [a, "
         "b]" +
         source + "}\nencoder: {type: lambda_event}\n" + rest;
}

const Target kEmbedded{.bootstrap_servers = "127.0.0.1:1", .endpoint = "http://127.0.0.1:2", .own_endpoint = false};
const Target kOwn{.bootstrap_servers = "127.0.0.1:1", .endpoint = "http://localhost:9000", .own_endpoint = true};

TEST(DevPipeline, PointsSourceAndSinkAtWhatIsEmbeddedAndSaysSo) {
  auto pointed = point(load(pipeline("", R"(enabled: false
auth: [{type: sasl_scram, credentials: "${secret:file:kafka.json}"}]
sink: {type: grpc, target: "elsewhere:1"}
)")),
                       kEmbedded, kSchemas);
  ASSERT_TRUE(pointed.ok()) << pointed.status().to_string();
  EXPECT_THAT(pointed->replaced, ElementsAre("source.bootstrap_servers: the embedded broker at 127.0.0.1:1",
                                             "auth: none, the embedded broker asks for no credentials",
                                             "sink: the embedded function at http://127.0.0.1:2"));
  const config::PipelineSpec& spec = pointed->spec;
  EXPECT_EQ(json::parse(spec.source.config)["bootstrap_servers"], json::array({"127.0.0.1:1"}));
  EXPECT_EQ(json::parse(spec.source.config)["topics"], json::array({"a", "b"}));
  EXPECT_TRUE(spec.auth.empty());
  EXPECT_TRUE(spec.secrets.empty());
  EXPECT_TRUE(spec.enabled);
  EXPECT_EQ(spec.sink.type, "lambda_invoke");
  const json sink = json::parse(spec.sink.config);
  EXPECT_EQ(sink["endpoint"], "http://127.0.0.1:2");
  EXPECT_EQ(sink["sign"], "never");
  EXPECT_EQ(sink["timeout"], 840'000);  // the schema's defaults are there
}

TEST(DevPipeline, KeepsTheSinkForAnEndpointOfOnesOwn) {
  auto pointed =
      point(load(pipeline("", "sink: {type: lambda_invoke, function: mine, endpoint: \"http://elsewhere\"}\n")), kOwn,
            kSchemas);
  ASSERT_TRUE(pointed.ok());
  EXPECT_THAT(pointed->replaced, ElementsAre(HasSubstr("source"), "sink.endpoint: http://localhost:9000"));
  EXPECT_EQ(json::parse(pointed->spec.sink.config)["function"], "mine");
  EXPECT_EQ(json::parse(pointed->spec.sink.config)["endpoint"], "http://localhost:9000");
}

TEST(DevPipeline, PointsAGrpcSinkAtAnAddressThatIsNoUrl) {
  Target own = kOwn;
  own.endpoint = "localhost:9000";
  auto pointed = point(load(pipeline("", "sink: {type: grpc, target: \"elsewhere:1\"}\n")), own, kSchemas);
  ASSERT_TRUE(pointed.ok());
  EXPECT_THAT(pointed->replaced, ElementsAre(HasSubstr("source"), "sink.target: localhost:9000"));
  EXPECT_EQ(pointed->spec.sink.type, "grpc");
  EXPECT_EQ(json::parse(pointed->spec.sink.config)["target"], "localhost:9000");
}

TEST(DevPipeline, InvokesAnEndpointOfOnesOwnWhateverTheSinkWas) {
  auto pointed = point(load(pipeline("", "sink: {type: grpc, target: \"elsewhere:1\"}\n")), kOwn, kSchemas);
  ASSERT_TRUE(pointed.ok());
  EXPECT_THAT(pointed->replaced,
              ElementsAre(HasSubstr("source"), "sink: lambda_invoke of `function` at http://localhost:9000"));
  EXPECT_EQ(json::parse(pointed->spec.sink.config)["endpoint"], "http://localhost:9000");
}

TEST(DevPipeline, LeavesTheUsersOwnFetchSettingsAlone) {
  const std::string sink = "sink: {type: lambda_invoke, function: f}\n";
  auto pointed = point(load(pipeline(", librdkafka: {fetch.wait.max.ms: 500}", sink)), kEmbedded, kSchemas);
  ASSERT_TRUE(pointed.ok());
  EXPECT_EQ(json::parse(pointed->spec.source.config)["librdkafka"]["fetch.wait.max.ms"], 500);
}

TEST(DevPipeline, RefusesWhatTheEmbeddedBrokerCannotServe) {
  const std::string sink = "sink: {type: lambda_invoke, function: f}\n";
  const Status at_timestamp =
      topics_of(load(pipeline(", starting_position: {AT_TIMESTAMP: \"2026-01-31T00:00:00Z\"}", sink))).status();
  EXPECT_EQ(at_timestamp.to_string(),
            "MR1901: mine.yaml:2:9: source.starting_position: AT_TIMESTAMP needs a broker that finds offsets by time, "
            "which the embedded "
            "one cannot\n  Use TRIM_HORIZON or LATEST under `millrace dev`.");
  const Status other =
      topics_of(load("name: n\nsource: {type: ticks}\nencoder: {type: lambda_event}\n" + sink)).status();
  EXPECT_THAT(other.to_string(), HasSubstr("MR1901: mine.yaml:2:9: source ticks does not read from Kafka"));
}

TEST(DevPipeline, RunsADefaultThatIsAPipeline) {
  EXPECT_THAT(topics_of(load(std::string(default_pipeline()))).value(), ElementsAre("orders"));
}

}  // namespace
}  // namespace millrace::dev
