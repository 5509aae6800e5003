// What the host lends to a component: log, metrics, health, secrets, executor, streams, state, connection.
//
// PipelineHost is what all components of one pipeline share; every instance (instance.h) gets an InstanceHost made from
// it, whose mr_host carries the instance's labels. Nothing that a plugin passes in is trusted: text is bounded and
// copied, levels and states are range-checked, a service id must match exactly.
//
//   plugin::PipelineHost host({.pipeline_id = spec.name, .log = log, .clock = clock, .health = health,
//                              .metrics = metrics, .secrets = secrets, .executor = executor, .state = &state});
//   host.set_needs(plugin::needs_of(components));
//   … create the AuthInstances and host.connection().add(*auth) …
//   auto source = plugin::SourceInstance::create(host, component, config, {.component = "source", .streams = &shell});
//
// Order of life: PipelineHost, then auth instances, then the others; destroyed the other way round.
//
// Thread-safe where plugin.h tags a service [any]; the set_… and add functions are for the set-up, before any source.
#pragma once

#include <millrace/plugin.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/status.h"
#include "runtime/observe/health.h"
#include "runtime/observe/log.h"
#include "runtime/observe/metrics.h"
#include "runtime/plugin/abi_error.h"
#include "runtime/plugin/catalogue.h"
#include "runtime/plugin/connection.h"
#include "runtime/plugin/executor.h"
#include "runtime/plugin/state_store.h"
#include "runtime/secrets/resolver.h"

namespace millrace::plugin {

class InstanceHost;
class PipelineHost;

// What a source tells about its streams. The shell implements it; every call comes on the source's thread, from inside
// SourceInstance::poll(). Spans are valid for the call.
class StreamsListener {
 public:
  virtual ~StreamsListener() = default;
  // Newly assigned. `streams_in_all` caps the number of pollers (partitions of all topics).
  virtual void assigned(std::span<const mr_stream> streams, std::uint32_t streams_in_all) = 0;
  // To be given up: drain until `deadline_ns` (CLOCK_MONOTONIC) at the latest, commit, then
  // SourceInstance::release_streams().
  virtual void revoke(std::span<const std::uint64_t> stream_ids, std::uint64_t deadline_ns) = 0;
  // Gone already: no commit is possible, what is held of them is dropped.
  virtual void lost(std::span<const std::uint64_t> stream_ids) = 0;
  // Lag and positions, about once a second; -1 is "not known".
  virtual void report(std::span<const mr_stream_state> states) = 0;
};

// OR of MR_NEED_* over a pipeline's components.
std::uint32_t needs_of(std::span<const Component* const> components);

class PipelineHost {
 public:
  struct Parts {
    std::string pipeline_id;   // stable and unique: the default consumer group
    std::string host_id = {};  // "" when there is none, then no static membership
    observe::Logger log = {};  // already labelled with the pipeline
    const Clock& clock;
    observe::HealthRegistry& health;
    observe::MetricsRegistry& metrics;
    const secrets::Resolver& secrets;
    Executor& executor;
    StateStore* state = nullptr;        // null: the service is not offered
    observe::RateLimit log_limit = {};  // of each instance
  };

  // Everything in `parts` outlives the host; the host outlives its instances.
  explicit PipelineHost(Parts parts) : parts_(std::move(parts)) {}
  PipelineHost(const PipelineHost&) = delete;
  PipelineHost& operator=(const PipelineHost&) = delete;

  const Parts& parts() const { return parts_; }
  Connection& connection() { return connection_; }
  // What sources must fill in. All bits until it is set.
  void set_needs(std::uint32_t needs) { needs_ = needs; }
  std::uint32_t needs() const { return needs_; }

 private:
  const Parts parts_;
  Connection connection_;
  std::uint32_t needs_ = MR_NEED_KEY | MR_NEED_VALUE | MR_NEED_HEADERS | MR_NEED_TIMESTAMP;
};

// Which instance of which component; what logs, metrics and health call it.
struct InstanceOptions {
  std::string component = {};          // "source", "filters[0]": its place in the pipeline file
  std::uint32_t instance = 0;          // which of the pipeline's instances of it; a restarted one keeps its number
  StreamsListener* streams = nullptr;  // sources only; outlives the instance
};

// One instance's mr_host. Made and owned by the instance (instance.h); nobody else needs it.
class InstanceHost {
 public:
  InstanceHost(PipelineHost& pipeline, const Component& component, InstanceOptions options);
  // Says how many log lines were dropped, and forgets the instance's health.
  ~InstanceHost();
  InstanceHost(const InstanceHost&) = delete;
  InstanceHost& operator=(const InstanceHost&) = delete;

  const mr_host* abi() const { return &host_; }
  const Component& component() const { return component_; }
  const InstanceOptions& options() const { return options_; }
  const observe::Logger& log() const { return log_; }

  // create() has returned: no metric can be defined any more.
  void freeze_metrics() { frozen_.store(true, std::memory_order_release); }
  // No task of this instance runs after it. Before the component's stop().
  void drain() { tasks_.drain(); }
  // Streams calls are answered only between these two, on this thread.
  void enter_poll() noexcept { polling_.store(std::this_thread::get_id(), std::memory_order_relaxed); }
  void leave_poll() noexcept { polling_.store({}, std::memory_order_relaxed); }

 private:
  struct Services;  // the C functions, in host_services.cc
  friend struct Services;
  const void* service(std::string_view id) const;
  void misbehaved(std::string_view what) const;
  bool in_poll(std::string_view call) const;

  static constexpr std::size_t kMaximumMetrics = 64;

  PipelineHost& pipeline_;
  const Component& component_;
  const InstanceOptions options_;
  const std::string health_name_;  // "source", or "source#1" for a second instance
  const observe::Logger log_;
  mr_host host_{};
  mr_streams streams_{};
  std::array<observe::Metric*, kMaximumMetrics> metrics_{};
  std::atomic<std::uint32_t> metric_count_{0};
  std::atomic<bool> frozen_{false};
  std::atomic<std::thread::id> polling_{};
  Executor::Owner tasks_;
};

}  // namespace millrace::plugin
