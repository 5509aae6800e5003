// The health of every component of one pipeline, and of the pipeline: as bad as its worst component.
//
// A report that changes nothing is silent. A change is logged once, a recovery too, and the listener hears of both, in
// the order in which they happened. What counts as the same: state, id, reason, field and message; the detail may
// differ from report to report ("12 records wait", "13 records wait") and is only remembered.
//
// Fed by plugins (millrace.health/1) and by the pipeline's shell; read by the status line and the admin API.
//
// Thread-safe. The listener runs on the reporting thread with the registry's notification lock held: it may read the
// registry but must not report.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/status.h"
#include "runtime/observe/log.h"

namespace millrace::observe {

enum class Health { kHealthy, kDegraded, kBroken };  // broken: a person has to act
std::string_view health_name(Health health);         // "healthy", "degraded", "broken"

// What is wrong, in the shape that plugins use for errors and for ill health alike (mr_error).
struct Problem {
  Code code = Code::kOk;
  std::string id = {};       // "MR3012"
  std::string reason = {};   // "EVENT_SOURCE_AUTHN_ERROR" or ""
  std::string message = {};  // first line: "SASL authentication failed."
  std::string detail = {};   // second line: which broker, what was seen there
  std::string hint = {};     // what to do about it
  std::string field = {};    // JSON pointer into the component's configuration, "" when that is not at fault

  bool same_as(const Problem& other) const {
    return id == other.id && reason == other.reason && message == other.message && field == other.field;
  }
};

struct ComponentHealth {
  std::string component;  // "source", "sink", "filters[0]"
  Health state = Health::kHealthy;
  Problem problem;                 // empty when healthy
  std::int64_t since_unix_ms = 0;  // of the state, not of the latest report
};

class HealthRegistry {
 public:
  using Listener = std::function<void(const ComponentHealth& now)>;

  // `clock` outlives the registry.
  HealthRegistry(Logger log, const Clock& clock, Listener listener = {});

  void report(std::string_view component, Health state, Problem problem = {});
  // The component is gone (a poller that was scaled away): it no longer counts, and nothing is logged.
  void forget(std::string_view component);

  // In the order of first report.
  std::vector<ComponentHealth> components() const;
  // The worst component, the one that has been so for longest among equals; a healthy one with an empty name when
  // nothing is wrong.
  ComponentHealth aggregate() const;

 private:
  void announce(const ComponentHealth& now, const ComponentHealth& before) const;

  const Logger log_;
  const Clock& clock_;
  const Listener listener_;
  std::mutex order_;          // held over change and announcement, so that they are heard in order; taken before mutex_
  mutable std::mutex mutex_;  // guards components_
  std::vector<ComponentHealth> components_;
};

}  // namespace millrace::observe
