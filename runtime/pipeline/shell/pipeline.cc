#include "runtime/pipeline/shell/pipeline.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace millrace::pipeline {
namespace {

Duration nanoseconds(std::chrono::milliseconds ms) {
  return static_cast<Duration>(std::chrono::nanoseconds(ms).count());
}

// The fetch queues of a source are inside the pipeline's budget, though only the source can bound them.
std::uint64_t without_fetch_queues(std::uint64_t memory) {
  return memory - std::min<std::uint64_t>(48ull << 20, memory / 8 * 3);
}

CoreConfig core_config(const config::PipelineSpec& spec, const plugin::SinkInstance& sink) {
  const mr_limits limits = sink.limits();
  CoreConfig core;
  core.sink_max_bytes = limits.max_bytes == 0 ? std::numeric_limits<std::uint64_t>::max() : limits.max_bytes;
  core.sink_max_records = limits.max_records;
  core.batch_size = spec.batch.size;
  core.batch_window = nanoseconds(spec.batch.window);
  core.batch_bytes = std::min(spec.batch.bytes, core.sink_max_bytes);
  core.max_in_flight = std::min(spec.delivery.max_in_flight, sink.max_in_flight());
  core.memory = without_fetch_queues(spec.delivery.memory);
  core.commit_interval = nanoseconds(spec.delivery.commit_interval);
  core.drain_timeout = nanoseconds(spec.delivery.drain_timeout);
  core.backoff_initial = nanoseconds(spec.delivery.backoff.initial);
  core.backoff_maximum = nanoseconds(spec.delivery.backoff.maximum);
  core.seed = std::random_device{}();
  return core;
}

// What the sink calls, as its configuration names it; for dead letters.
std::string target_of(const config::ComponentSpec& sink) {
  const auto config = nlohmann::json::parse(sink.config, nullptr, false);
  for (const char* key : {"function", "target"})
    if (config.is_object() && config.contains(key) && config[key].is_string()) return config[key].get<std::string>();
  return sink.type;
}

std::string bootstrap_servers_of(const config::ComponentSpec& source) {
  const auto config = nlohmann::json::parse(source.config, nullptr, false);
  std::string joined;
  if (!config.is_object() || !config.contains("bootstrap_servers") || !config["bootstrap_servers"].is_array())
    return joined;
  for (const auto& server : config["bootstrap_servers"])
    if (server.is_string()) joined += (joined.empty() ? "" : ",") + server.get<std::string>();
  return joined;
}

std::filesystem::path folder_of(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

}  // namespace

Pipeline::Pipeline(config::PipelineSpec spec, const HostParts& host)
    : spec_(std::move(spec)),
      host_(host),
      log_(host.log.named("pipeline").with({"pipeline", spec_.name})),
      health_(log_, host.clock),
      secrets_({.base_directory = folder_of(spec_.file)}),
      state_(host.state_directory),
      plugin_host_({.pipeline_id = spec_.name,
                    .host_id = host.host_id,
                    .log = log_,
                    .clock = host.clock,
                    .health = health_,
                    .metrics = host.metrics,
                    .secrets = secrets_,
                    .executor = host.executor,
                    .state = &state_}) {}

Result<std::unique_ptr<Pipeline>> Pipeline::create(config::PipelineSpec spec, const HostParts& host) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(spec), host));
  if (Status s = pipeline->make_components(); !s.ok()) return s;
  return pipeline;
}

Pipeline::~Pipeline() {
  request_stop();
  join();
}

// Says where in the file the component stands that could not be made.
Status Pipeline::place(const config::ComponentSpec& component, const Status& status) const {
  const std::string at = spec_.file.empty() ? ""
                                            : spec_.file + ":" + std::to_string(component.place.line) + ":" +
                                                  std::to_string(component.place.column) + ": ";
  return Status(status.code(), status.id(), at + std::string(status.message()), std::string(status.hint()));
}

Status Pipeline::make_components() {
  std::vector<const plugin::Component*> components;
  const auto require = [&](const config::ComponentSpec& spec) -> Result<const plugin::Component*> {
    auto found = host_.catalogue.require(spec.kind, spec.type);
    if (!found.ok()) return place(spec, found.status());
    components.push_back(*found);
    return found;
  };
  std::vector<const plugin::Component*> auth, filters;
  for (const auto& spec : spec_.auth) {
    auto found = require(spec);
    if (!found.ok()) return found.status();
    auth.push_back(*found);
  }
  const auto source = require(spec_.source);
  if (!source.ok()) return source.status();
  for (const auto& spec : spec_.filters) {
    auto found = require(spec);
    if (!found.ok()) return found.status();
    filters.push_back(*found);
  }
  const auto encoder = require(spec_.encoder);
  if (!encoder.ok()) return encoder.status();
  const auto sink = require(spec_.sink);
  if (!sink.ok()) return sink.status();
  plugin_host_.set_needs(plugin::needs_of(components));

  for (std::size_t i = 0; i < auth.size(); ++i) {
    const std::string name = "auth[" + std::to_string(i) + "]";
    auto made = plugin::AuthInstance::create(plugin_host_, *auth[i], spec_.auth[i].config, {.component = name});
    if (!made.ok()) return place(spec_.auth[i], made.status());
    auth_.push_back(std::move(made).value());
    plugin_host_.connection().add(*auth_.back(), name);
  }
  std::vector<std::unique_ptr<plugin::FilterInstance>> filter_instances;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    auto made = plugin::FilterInstance::create(plugin_host_, *filters[i], spec_.filters[i].config,
                                               {.component = "filters[" + std::to_string(i) + "]"});
    if (!made.ok()) return place(spec_.filters[i], made.status());
    filter_instances.push_back(std::move(made).value());
  }
  filters_ = std::make_unique<FilterChain>(std::move(filter_instances), spec_.on_filter_error);
  auto made_encoder =
      plugin::EncoderInstance::create(plugin_host_, **encoder, spec_.encoder.config, {.component = "encoder"});
  if (!made_encoder.ok()) return place(spec_.encoder, made_encoder.status());
  encoder_ = std::move(made_encoder).value();
  auto made_sink = plugin::SinkInstance::create(plugin_host_, **sink, spec_.sink.config, {.component = "sink"});
  if (!made_sink.ok()) return place(spec_.sink, made_sink.status());
  sink_ = std::move(made_sink).value();

  auto spool = DeadLetterSpool::open(host_.state_directory / "dead-letters" / (spec_.name + ".jsonl"),
                                     spec_.delivery.dead_letters_maximum_bytes);
  if (!spool.ok()) return spool.status();
  spool_ = std::move(spool).value();

  const plugin::Component& source_component = **source;
  poller_ = std::make_unique<Poller>(
      Poller::Parts{.pipeline = spec_.name,
                    .core = core_config(spec_, *sink_),
                    .make_source =
                        [this, &source_component](plugin::StreamsListener& listener, observe::Problem* why) {
                          return plugin::SourceInstance::create(plugin_host_, source_component, spec_.source.config,
                                                                {.component = "source", .streams = &listener}, why);
                        },
                    .filters = *filters_,
                    .encoder = *encoder_,
                    .sink = *sink_,
                    .spool = *spool_,
                    .executor = host_.executor,
                    .health = health_,
                    .log = log_,
                    .clock = host_.clock,
                    .function = target_of(spec_.sink),
                    .bootstrap_servers = bootstrap_servers_of(spec_.source)});
  if (Status s = poller_->create(nullptr); !s.ok()) return place(spec_.source, s);
  return {};
}

Status Pipeline::start() {
  for (std::size_t i = 0; i < auth_.size(); ++i)
    if (Status s = auth_[i]->start(); !s.ok()) return place(spec_.auth[i], s);
  if (Status s = filters_->start(); !s.ok()) return s;
  if (Status s = encoder_->start(); !s.ok()) return place(spec_.encoder, s);
  if (Status s = sink_->start(); !s.ok()) return place(spec_.sink, s);
  if (Status s = poller_->start(nullptr); !s.ok()) return place(spec_.source, s);
  started_ = true;
  log_.info("started", {{"source", spec_.source.type}, {"sink", spec_.sink.type}, {"group", spec_.name}});
  return {};
}

void Pipeline::request_stop() {
  if (poller_) poller_->request_stop();
}

bool Pipeline::stopped() const {
  return !started_ || !poller_ || poller_->status().stopped;
}

void Pipeline::join() {
  if (joined_ || !poller_) return;
  joined_ = true;
  if (started_) poller_->join();
  // The sink answers what it still has before stop() returns, into the poller's inbox, which nobody reads any more:
  // those records are not committed and the next run reads them again.
  const std::uint64_t deadline = host_.clock.now_ns() + nanoseconds(std::chrono::seconds(1));
  if (sink_) sink_->stop(deadline);
  if (encoder_) encoder_->stop(deadline);
  if (filters_) filters_->stop(deadline);
  poller_->finish(host_.clock.now_ns() + nanoseconds(std::chrono::seconds(5)));
  for (const auto& auth : auth_) auth->stop(deadline);
  const PollerStatus end = poller_->status();
  if (started_)
    log_.info("stopped", {{"delivered", end.counters.delivered},
                          {"undelivered", end.result.undelivered},
                          {"in_flight_at_deadline", end.result.abandoned},
                          {"committed", end.result.committed}});
}

PipelineStatus Pipeline::status() const {
  return {spec_.name, poller_ ? poller_->status() : PollerStatus{}, health_.aggregate(), health_.components()};
}

}  // namespace millrace::pipeline
