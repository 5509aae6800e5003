// A pipeline that runs: its components, its poller and its order of life.
//
//   auto pipeline = Pipeline::create(spec, host);   // components made and their secrets read: a mistake shows here
//   (*pipeline)->start();                           // connects; from here on trouble is health, not failure
//   …
//   (*pipeline)->request_stop();                    // drain: no new records, requests in flight are awaited, commit
//   (*pipeline)->join();                            // then sink, encoder, filters, source and auth are stopped
//
// create() touches no network. Components are stopped in the order sink → source and destroyed after that; every batch
// is released before the source is stopped, because its bytes are the source's.
//
// Used by `run`, `dev` and, later, the daemon. create, start, join and the destructor: one thread; request_stop(),
// status() and stopped(): any.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/config/pipeline_spec.h"
#include "runtime/observe/health.h"
#include "runtime/observe/log.h"
#include "runtime/observe/metrics.h"
#include "runtime/pipeline/shell/poller.h"
#include "runtime/plugin/catalogue.h"
#include "runtime/plugin/executor.h"
#include "runtime/plugin/host_services.h"
#include "runtime/plugin/state_store.h"
#include "runtime/secrets/resolver.h"

namespace millrace::pipeline {

// What all pipelines of a process share. Outlives them.
struct HostParts {
  const plugin::Catalogue& catalogue;
  const Clock& clock;
  observe::Logger log;
  observe::MetricsRegistry& metrics;
  plugin::Executor& executor;
  std::filesystem::path state_directory;  // exists and is writable
  std::string host_id = {};
};

struct PipelineStatus {
  std::string name;
  PollerStatus poller;
  observe::ComponentHealth health;  // the worst component's
  std::vector<observe::ComponentHealth> components;
};

class Pipeline {
 public:
  // Fails with the component's own error: the file is at fault, or something that can be known before the start.
  static Result<std::unique_ptr<Pipeline>> create(config::PipelineSpec spec, const HostParts& host);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  Status start();
  void request_stop();
  bool stopped() const;
  // Waits until the poller has drained, then stops the components.
  void join();

  PipelineStatus status() const;
  const config::PipelineSpec& spec() const { return spec_; }

 private:
  Pipeline(config::PipelineSpec spec, const HostParts& host);
  Status make_components();
  Status place(const config::ComponentSpec& component, const Status& status) const;

  const config::PipelineSpec spec_;
  const HostParts& host_;
  const observe::Logger log_;
  observe::HealthRegistry health_;
  secrets::Resolver secrets_;
  plugin::FileStateStore state_;
  plugin::PipelineHost plugin_host_;
  // Made in this order and destroyed in the opposite one; the poller holds the source.
  std::vector<std::unique_ptr<plugin::AuthInstance>> auth_;
  std::unique_ptr<FilterChain> filters_;
  std::unique_ptr<plugin::EncoderInstance> encoder_;
  std::unique_ptr<DeadLetterSpool> spool_;
  std::unique_ptr<plugin::SinkInstance> sink_;
  std::unique_ptr<Poller> poller_;
  bool started_ = false, joined_ = false;
};

}  // namespace millrace::pipeline
