#include "runtime/dev/dev_pipeline.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millrace::dev {
namespace {

using Json = nlohmann::json;

constexpr const char* kSource = "self_managed_kafka";
constexpr const char* kSink = "lambda_invoke";

Status cannot_serve(const config::PipelineSpec& spec, const config::Place& place, const std::string& what,
                    const std::string& hint) {
  Diagnostic where;
  where.file = spec.file;
  where.line = place.line;
  where.column = place.column;
  where.message = what;
  return Status(Code::kInvalidArgument, "MR1901", where.to_string(), hint);
}

// A sink that invokes `function` at the endpoint, with every default that the plugin's schema has.
Result<config::ComponentSpec> make_sink(const Target& target, const config::ComponentSchemas& schemas) {
  const std::string file =
      "name: dev\nsource: {type: self_managed_kafka, bootstrap_servers: [\"localhost:9092\"], topics: [dev]}\n"
      "encoder: {type: lambda_event}\nsink: {type: lambda_invoke, function: function, endpoint: " +
      config::json_quote(target.endpoint) + (target.own_endpoint ? "}\n" : ", region: us-east-1, sign: never}\n");
  config::PipelineLoad load =
      config::parse_pipeline(file, "the pipeline of `millrace dev`", schemas, config::empty_environment());
  if (!load.spec)
    return Status(Code::kInvalidArgument, load.diagnostics.front().id, load.diagnostics.front().message,
                  load.diagnostics.front().hint);
  return std::move(load.spec->sink);
}

void forget_secrets(config::PipelineSpec& spec, std::string_view below) {
  std::erase_if(spec.secrets, [&](const config::SecretReference& secret) { return secret.pointer.starts_with(below); });
}

}  // namespace

Result<std::vector<std::string>> topics_of(const config::PipelineSpec& spec) {
  if (spec.source.type != kSource)
    return cannot_serve(
        spec, spec.source.place,
        "source " + spec.source.type + " does not read from Kafka, and `millrace dev` has nothing else for it",
        "Run it with `millrace run`.");
  const Json source = Json::parse(spec.source.config);
  if (source.contains("starting_position") && source["starting_position"].is_object())
    return cannot_serve(spec, spec.source.place,
                        "source.starting_position: AT_TIMESTAMP needs a broker that finds offsets by time, which the "
                        "embedded one cannot",
                        "Use TRIM_HORIZON or LATEST under `millrace dev`.");
  return source.at("topics").get<std::vector<std::string>>();
}

Result<Pointed> point(config::PipelineSpec spec, const Target& target, const config::ComponentSchemas& schemas) {
  std::vector<std::string> replaced;
  Json source = Json::parse(spec.source.config);
  source["bootstrap_servers"] = Json::array({target.bootstrap_servers});
  // The embedded broker answers an empty fetch only when its time is up, not when a record arrives.
  if (!source["librdkafka"].contains("fetch.wait.max.ms")) source["librdkafka"]["fetch.wait.max.ms"] = 20;
  spec.source.config = source.dump();
  replaced.push_back("source.bootstrap_servers: the embedded broker at " + target.bootstrap_servers);

  if (!spec.auth.empty()) {
    spec.auth.clear();
    forget_secrets(spec, "/auth");
    replaced.push_back("auth: none, the embedded broker asks for no credentials");
  }

  std::string field;  // of the sink, where it can be pointed at the endpoint as it is
  if (target.own_endpoint && spec.sink.type == kSink) field = "endpoint";
  if (target.own_endpoint && spec.sink.type == "grpc" && target.endpoint.find("://") == std::string::npos)
    field = "target";
  if (!field.empty()) {
    Json sink = Json::parse(spec.sink.config);
    sink[field] = target.endpoint;
    spec.sink.config = sink.dump();
    replaced.push_back("sink." + field + ": " + target.endpoint);
  } else {
    auto sink = make_sink(target, schemas);
    if (!sink.ok()) return sink.status();
    spec.sink = std::move(sink).value();
    forget_secrets(spec, "/sink");
    replaced.push_back(target.own_endpoint ? "sink: lambda_invoke of `function` at " + target.endpoint
                                           : "sink: the embedded function at " + target.endpoint);
  }
  spec.enabled = true;
  return Pointed{std::move(spec), std::move(replaced)};
}

}  // namespace millrace::dev
