#include "runtime/pipeline/shell/host.h"

#include <algorithm>

namespace millrace::pipeline {

Host::Host(Options options)
    : log_(options.log),
      parts_{.catalogue = options.catalogue,
             .clock = options.clock,
             .log = options.log,
             .metrics = metrics_,
             .executor = executor_,
             .state_directory = std::move(options.state_directory),
             .host_id = std::move(options.host_id)} {}

Host::~Host() {
  request_stop();
  join();
}

Status Host::add(config::PipelineSpec spec) {
  if (!spec.enabled) {
    log_.info("pipeline is not enabled", {{"pipeline", spec.name}});
    return {};
  }
  auto pipeline = Pipeline::create(std::move(spec), parts_);
  if (!pipeline.ok()) return pipeline.status();
  pipelines_.push_back(std::move(pipeline).value());
  return {};
}

Status Host::start() {
  for (const auto& pipeline : pipelines_)
    if (Status s = pipeline->start(); !s.ok()) return s;
  return {};
}

void Host::request_stop() {
  for (const auto& pipeline : pipelines_) pipeline->request_stop();
}

bool Host::stopped() const {
  return std::all_of(pipelines_.begin(), pipelines_.end(), [](const auto& p) { return p->stopped(); });
}

void Host::join() {
  for (const auto& pipeline : pipelines_) pipeline->join();
}

std::vector<PipelineStatus> Host::status() const {
  std::vector<PipelineStatus> all;
  for (const auto& pipeline : pipelines_) all.push_back(pipeline->status());
  return all;
}

}  // namespace millrace::pipeline
