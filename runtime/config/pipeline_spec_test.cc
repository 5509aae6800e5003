#include "runtime/config/pipeline_spec.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "runtime/config/json_schema.h"

namespace millrace::config {
namespace {

class FewSchemas final : public ComponentSchemas {
 public:
  FewSchemas() {
    auto add = [this](ComponentKind kind, const char* type, const char* schema) { schemas_[{kind, type}] = schema; };
    add(ComponentKind::kSource, "self_managed_kafka", R"({"type":"object","required":["topics"],"properties":{
      "topics":{"type":"array","minItems":1,"items":{"type":"string"}},"session_timeout":{"type":"string","format":"duration","default":"45s"}}})");
    add(ComponentKind::kAuth, "sasl_scram", R"({"type":"object","required":["credentials"],"properties":{
      "credentials":{"type":"string","x-secret":true},"insecure":{"type":"boolean","default":false}}})");
    add(ComponentKind::kAuth, "tls",
        R"({"type":"object","properties":{"root_ca":{"type":"string","x-secret":true,"default":""}}})");
    add(ComponentKind::kFilter, "filter_criteria", R"({"type":"object","required":["filters"],"properties":{"filters":{
      "type":"array","items":{"type":"object","properties":{"pattern":{"x-verbatim":true}}}}}})");
    add(ComponentKind::kFilter, "sample",
        R"({"type":"object","properties":{"rate":{"type":"number","minimum":0,"maximum":1}}})");
    add(ComponentKind::kEncoder, "lambda_event", R"({"type":"object","properties":{}})");
    add(ComponentKind::kSink, "lambda_invoke",
        R"({"type":"object","required":["function"],"properties":{"function":{"type":"string"}}})");
    add(ComponentKind::kSink, "broken", R"({"type":"objekt"})");
  }
  const std::string* schema(ComponentKind kind, std::string_view type) const override {
    const auto found = schemas_.find({kind, std::string(type)});
    return found == schemas_.end() ? nullptr : &found->second;
  }
  std::vector<std::string> types(ComponentKind kind) const override {
    std::vector<std::string> out;
    for (const auto& [key, schema] : schemas_)
      if (key.first == kind) out.push_back(key.second);
    return out;
  }

 private:
  std::map<std::pair<ComponentKind, std::string>, std::string> schemas_;
};

constexpr std::string_view kSource = "source: {type: self_managed_kafka, topics: [orders]}\n";
constexpr std::string_view kEnd = "encoder: {type: lambda_event}\nsink: {type: lambda_invoke, function: f}\n";

std::string minimal(std::string_view more = "") {
  return "name: orders\n" + std::string(kSource) + std::string(kEnd) + std::string(more);
}

PipelineLoad parse(std::string_view text) {
  return parse_pipeline(text, "orders.yaml", FewSchemas(), empty_environment());
}

std::string problems(std::string_view text) {
  std::string out;
  for (const Diagnostic& d : parse(text).diagnostics) out += (out.empty() ? "" : "\n") + d.to_string();
  return out;
}

TEST(PipelineSpec, OfTheShortestFileHasEveryDefault) {
  const PipelineLoad load = parse(minimal());
  ASSERT_TRUE(load.spec) << problems(minimal());
  const PipelineSpec& spec = *load.spec;
  EXPECT_EQ(spec.file, "orders.yaml");
  EXPECT_EQ(spec.name, "orders");
  EXPECT_TRUE(spec.enabled);
  EXPECT_EQ(spec.source.type, "self_managed_kafka");
  EXPECT_EQ(spec.source.config, R"({"topics":["orders"],"session_timeout":45000})");
  EXPECT_TRUE(spec.auth.empty());
  EXPECT_TRUE(spec.filters.empty());
  EXPECT_EQ(spec.encoder.config, "{}");
  EXPECT_EQ(spec.sink.config, R"({"function":"f"})");
  EXPECT_EQ(spec.on_filter_error, OnFilterError::kFail);
  const BatchSpec batch;
  EXPECT_EQ(spec.batch.size, batch.size);
  EXPECT_EQ(spec.batch.window, batch.window);
  EXPECT_EQ(spec.batch.bytes, batch.bytes);
  const DeliverySpec delivery;
  EXPECT_EQ(spec.delivery.max_in_flight, delivery.max_in_flight);
  EXPECT_EQ(spec.delivery.memory, delivery.memory);
  EXPECT_EQ(spec.delivery.commit_interval, delivery.commit_interval);
  EXPECT_EQ(spec.delivery.drain_timeout, delivery.drain_timeout);
  EXPECT_EQ(spec.delivery.backoff.initial, delivery.backoff.initial);
  EXPECT_EQ(spec.delivery.backoff.maximum, delivery.backoff.maximum);
  EXPECT_EQ(spec.delivery.dead_letters_maximum_bytes, delivery.dead_letters_maximum_bytes);
}

TEST(PipelineSpec, CarriesEveryFieldOfTheFile) {
  const PipelineLoad load = parse(minimal(R"(enabled: false
auth:
  - {type: sasl_scram, credentials: "${secret:file:kafka.json}"}
  - type: tls
    root_ca: ${secret:env:CA}
filters:
  - type: filter_criteria
    filters: [{pattern: {value: {total: [300.0]}}}]
  - {type: sample, rate: 0.5}
on_filter_error: drop
batch: {size: 7, window: 0, bytes: 1MiB}
delivery:
  ordering: partition
  max_in_flight: 3
  memory: 64MiB
  commit_interval: 2s
  drain_timeout: 1m
  retry: {backoff: {initial: 200ms, maximum: 1h}}
  dead_letters: {maximum_bytes: 10MB}
)"));
  ASSERT_TRUE(load.spec) << load.diagnostics.at(0).to_string();
  const PipelineSpec& spec = *load.spec;
  EXPECT_FALSE(spec.enabled);
  ASSERT_EQ(spec.auth.size(), 2u);
  EXPECT_EQ(spec.auth[0].config, R"({"credentials":"${secret:file:kafka.json}","insecure":false})");
  EXPECT_EQ(spec.auth[1].pointer, "/auth/1");
  EXPECT_EQ(spec.auth[1].place.line, 8);
  ASSERT_EQ(spec.filters.size(), 2u);
  EXPECT_EQ(spec.filters[0].config, R"({"filters":[{"pattern":"{\"value\":{\"total\":[300.0]}}"}]})");
  EXPECT_EQ(spec.filters[0].place_of("/filters/0/pattern").line, 12);
  EXPECT_EQ(spec.filters[0].place_of("/filters/0/pattern").column, 25);
  EXPECT_EQ(spec.filters[0].place_of("/filters/0/pattern/value").column, 25);
  EXPECT_EQ(spec.filters[0].place_of("/nowhere").line, 11);
  EXPECT_EQ(spec.filters[1].config, R"({"rate":0.5})");
  EXPECT_EQ(spec.on_filter_error, OnFilterError::kDrop);
  EXPECT_EQ(spec.batch.size, 7u);
  EXPECT_EQ(spec.batch.window.count(), 0);
  EXPECT_EQ(spec.batch.bytes, 1u << 20);
  EXPECT_EQ(spec.delivery.max_in_flight, 3u);
  EXPECT_EQ(spec.delivery.memory, 64u << 20);
  EXPECT_EQ(spec.delivery.commit_interval.count(), 2'000);
  EXPECT_EQ(spec.delivery.drain_timeout.count(), 60'000);
  EXPECT_EQ(spec.delivery.backoff.initial.count(), 200);
  EXPECT_EQ(spec.delivery.backoff.maximum.count(), 3'600'000);
  EXPECT_EQ(spec.delivery.dead_letters_maximum_bytes, 10'000'000u);
  ASSERT_EQ(spec.secrets.size(), 2u);
  EXPECT_EQ(spec.secrets[0].text, "${secret:file:kafka.json}");
  EXPECT_EQ(spec.secrets[0].pointer, "/auth/0/credentials");
  EXPECT_EQ(spec.secrets[1].place.line, 9);
}

TEST(PipelineSpec, ShownWithItsDefaultsIsAFileWithTheSameMeaning) {
  const PipelineLoad first = parse(minimal(
      "filters: [{type: filter_criteria, filters: [{pattern: {a: [1.0, '$${X}']}}]}]\nbatch: {window: 1.5s}\n"));
  ASSERT_TRUE(first.spec);
  const PipelineLoad second = parse(first.spec->display);
  ASSERT_TRUE(second.spec) << first.spec->display << second.diagnostics.at(0).to_string();
  EXPECT_EQ(second.spec->display, first.spec->display);
  EXPECT_EQ(second.spec->batch.window.count(), 1'500);
  EXPECT_EQ(second.spec->filters[0].config, first.spec->filters[0].config);
}

TEST(PipelineSpec, NamesWhatIsMissing) {
  EXPECT_EQ(problems("enabled: true\n"),
            "orders.yaml:1:1: 'name' is missing [MR1202]\norders.yaml:1:1: 'source' is missing [MR1202]\n"
            "orders.yaml:1:1: 'encoder' is missing [MR1202]\norders.yaml:1:1: 'sink' is missing [MR1202]");
  EXPECT_EQ(problems("- a\n"), "orders.yaml:1:1: must be a mapping, not a list [MR1204]");
}

TEST(PipelineSpec, ChecksAComponentAgainstItsOwnSchema) {
  EXPECT_EQ(problems(minimal("filters:\n  - type: sample\n    rate: 5\n")),
            "orders.yaml:7:11: filters[0].rate: 5 is above the maximum 1 [MR1203]");
  EXPECT_EQ(problems(minimal("filters: [{type: sample, rte: 1}]\n")),
            "orders.yaml:5:26: filters[0]: unknown key 'rte', did you mean 'rate'? [MR1201]");
  EXPECT_EQ(problems("name: a\nsource: {type: self_managed_kafka}\n" + std::string(kEnd)),
            "orders.yaml:2:9: source: 'topics' is missing [MR1202]");
}

TEST(PipelineSpec, SaysWhichComponentsThereAre) {
  EXPECT_EQ(problems("name: a\nsource: {type: self_managed_kafak, topics: [a]}\n" + std::string(kEnd)),
            "orders.yaml:2:16: source.type: there is no source self_managed_kafak [MR2009]");
  EXPECT_EQ(problems("name: a\nsource: {topics: [a]}\n" + std::string(kEnd)),
            "orders.yaml:2:9: source: 'type' is missing [MR1202]\n"
            "  Components of kind source that the loaded plugins offer: self_managed_kafka.");
  EXPECT_EQ(problems("name: a\nsource: self_managed_kafka\n" + std::string(kEnd)),
            "orders.yaml:2:9: source: must be a mapping with 'type', not text [MR1204]");
  EXPECT_EQ(problems("name: a\n" + std::string(kSource) + "encoder: {type: lambda_event}\nsink: {type: broken}\n"),
            "orders.yaml:4:14: sink: the component 'broken' cannot be configured: the schema cannot be used: "
            "/type \"objekt\" is not supported [MR1211]\n  Tell whoever made the plugin.");
}

TEST(PipelineSpec, RefusesFieldsOfLaterVersionsByName) {
  EXPECT_EQ(problems(minimal("delivery: {partial_response: false}\n")),
            "orders.yaml:5:30: `delivery.partial_response` is not in this version [MR1208]\n"
            "  It comes with delivery policy; leave it out until then.");
  EXPECT_EQ(
      problems(minimal("delivery: {ordering: none}\n")),
      "orders.yaml:5:22: `delivery.ordering: none` is not in this version [MR1208]\n  It comes with delivery policy.");
  EXPECT_EQ(problems(minimal("delivery: {on_failure: {type: kafka_topic, topic: x}}\n")),
            "orders.yaml:5:24: `delivery.on_failure` is not in this version [MR1208]\n"
            "  It comes with delivery policy; leave it out until then.");
  EXPECT_EQ(problems(minimal("delivery: {retry: {maximum_attempts: 3}}\n")),
            "orders.yaml:5:38: `delivery.retry.maximum_attempts` is not in this version [MR1208]\n"
            "  It comes with delivery policy; leave it out until then.");
  EXPECT_EQ(problems(minimal("scaling: {minimum_pollers: 1}\nstuck_after: 5m\n")),
            "orders.yaml:5:10: `scaling` is not in this version [MR1208]\n"
            "  It comes with scaling; leave it out until then.\n"
            "orders.yaml:6:14: `stuck_after` is not in this version [MR1208]\n"
            "  It comes with watchdog; leave it out until then.");
  EXPECT_EQ(problems(minimal("auth: [{type: mtls}]\n")),
            "orders.yaml:5:15: `auth[0].type: mtls` is not in this version [MR1208]\n  It comes with access.");
}

TEST(PipelineSpec, RefusesWhatContradictsItself) {
  EXPECT_EQ(problems(minimal("delivery: {retry: {backoff: {initial: 1m, maximum: 1s}}}\n")),
            "orders.yaml:5:29: delivery.retry.backoff: initial is longer than maximum [MR1304]\n  Make initial the "
            "shorter one.");
  EXPECT_EQ(problems(minimal("auth: [{type: tls}, {type: tls}]\n")),
            "orders.yaml:5:28: auth[1]: a second tls; the first is auth[0] [MR1303]\n  Keep one of them.");
  EXPECT_EQ(
      problems(minimal("auth: [{type: sasl_scram, insecure: true, credentials: '${secret:env:A}'}, {type: tls}]\n")),
      "orders.yaml:5:37: auth[0].insecure: true contradicts the component 'tls' beside it [MR1303]\n"
      "  Leave out one of the two: insecure sends the password without TLS.");
}

TEST(PipelineSpec, RefusesNamesThatAreNone) {
  for (const char* bad :
       {"Orders", "-a", "a_b", "a.b", "''", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_NE(problems("name: " + std::string(bad) + "\n" + std::string(kSource) + std::string(kEnd))
                  .find("is not a name: 1 to 63"),
              std::string::npos)
        << bad;
}

TEST(PipelineSpec, ReportsProblemsOfFrameAndComponentsTogetherInFileOrder) {
  EXPECT_EQ(
      problems("name: A!\nsource: {type: self_managed_kafka, topics: []}\nbatch: {size: 0}\n" + std::string(kEnd) +
               "colour: red\n"),
      "orders.yaml:1:7: name: 'A!' is not a name: 1 to 63 lower-case letters, digits and hyphens, not starting with a "
      "hyphen [MR1207]\n"
      "orders.yaml:2:44: source.topics: must not be empty [MR1206]\n"
      "orders.yaml:3:15: batch.size: 0 is below the minimum 1 [MR1203]\n"
      "orders.yaml:6:1: unknown key 'colour' [MR1201]\n"
      "  The keys here are name, enabled, source, auth, filters, on_filter_error, batch, encoder, sink, delivery, "
      "scaling "
      "and stuck_after.");
}

TEST(PipelineSpec, IsThereOrItsDiagnosticsAreWhateverDamageAFileTook) {
  const std::string good = minimal(
      "auth: [{type: sasl_scram, credentials: '${secret:file:a#b}'}]\n"
      "filters:\n  - type: filter_criteria\n    filters: [{pattern: {v: [1.0, &a {x: [null]}, *a]}}]\n"
      "batch: {size: 0x10, window: 1.5s}\ndelivery: {retry: {backoff: {initial: 1s}}}\n");
  ASSERT_TRUE(parse(good).spec) << problems(good);
  std::mt19937_64 random(42);
  constexpr std::string_view kBytes = "{}[]:,-#&*!|>'\"%@`?~ \n\t\\$a0\xff\0.";
  for (int i = 0; i < 5'000; ++i) {
    std::string text = good;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text.erase(at, 1 + random() % 8);
          break;
        case 1:
          text.insert(at, 1, kBytes[random() % kBytes.size()]);
          break;
        case 2:
          text[at] = kBytes[random() % kBytes.size()];
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 30));
          break;
      }
      if (text.empty()) text = "x";
    }
    const PipelineLoad load = parse(text);
    EXPECT_EQ(load.spec.has_value(), !has_errors(load.diagnostics)) << text;
    for (const Diagnostic& d : load.diagnostics) EXPECT_FALSE(d.id.empty() || d.message.empty()) << text;
    if (load.spec) {
      EXPECT_TRUE(nlohmann::json::accept(load.spec->source.config)) << text;
      EXPECT_TRUE(nlohmann::json::accept(load.spec->filters.empty() ? "{}" : load.spec->filters[0].config)) << text;
      EXPECT_TRUE(parse(load.spec->display).spec.has_value()) << text << load.spec->display;
    }
  }
}

TEST(PipelineSpec, RefusesTwoFilesWithOneName) {
  char directory[] = "/tmp/millrace-config-XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  const std::string one = std::string(directory) + "/a.yaml";
  const std::string two = std::string(directory) + "/b.yaml";
  std::ofstream(one) << minimal();
  std::ofstream(two) << minimal();
  const std::vector<std::string> files = {one, two};
  const PipelinesLoad load = load_pipelines(files, FewSchemas(), empty_environment());
  EXPECT_EQ(load.specs.size(), 1u);
  ASSERT_EQ(load.diagnostics.size(), 1u);
  EXPECT_EQ(load.diagnostics[0].to_string(),
            two + ": the name 'orders' is taken by " + one + " [MR1302]\n  Give each pipeline of a host its own name.");
  unlink(one.c_str());
  unlink(two.c_str());
  rmdir(directory);
}

TEST(PipelineSpec, FrameIsAUsableSchemaInWhichEachFieldIsDescribed) {
  const auto schema = JsonSchema::parse(frame_schema());
  EXPECT_TRUE(schema.ok()) << schema.status().to_string();
  const std::function<void(const nlohmann::json&, const std::string&)> look = [&](const nlohmann::json& s,
                                                                                  const std::string& at) {
    if (!s.contains("properties")) return;
    for (const auto& [key, property] : s.at("properties").items()) {
      EXPECT_TRUE(property.contains("description")) << at << "/" << key;
      look(property, at + "/" + key);
    }
  };
  look(nlohmann::json::parse(frame_schema()), "");
}

TEST(CombinedSchema, HoldsTheComponentsAndNoneOfOurOwnKeywords) {
  const std::string text = combined_schema(FewSchemas());
  const auto schema = nlohmann::json::parse(text);
  EXPECT_EQ(text.find("\"x-"), std::string::npos);
  EXPECT_EQ(schema["properties"]["source"]["oneOf"][0]["properties"]["type"]["const"], "self_managed_kafka");
  EXPECT_EQ(schema["properties"]["filters"]["items"]["oneOf"].size(), 2u);
  EXPECT_FALSE(schema["properties"].contains("scaling"));
  EXPECT_EQ(schema["properties"]["name"]["pattern"], "(?:^[a-z0-9][a-z0-9-]{0,62}$)|\\$\\{");
}

}  // namespace
}  // namespace millrace::config
