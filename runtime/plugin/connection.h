// What the pipeline's auth components add up to: the connection properties of an endpoint.
//
// Each component emits neutral names (`sasl.mechanism`, `tls.ca_pem`); the union is what a source connects with. Two
// components that give one name different values are an error, and then nothing is emitted at all. Values are copied
// into memory that is wiped.
//
// Behind millrace.connection/1. Thread-safe once the parts are added; properties() is serialised, so an auth component
// sees one call at a time.
#pragma once

#include <millrace/plugin.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/observe/health.h"

namespace millrace::plugin {

class AuthInstance;

class Connection {
 public:
  // In the order of the pipeline file. `component` is its place, "auth[0]". The instance outlives this.
  void add(AuthInstance& auth, std::string component);

  // Runs every auth instance and emits the union; a name that two of them give the same value is emitted once, secret
  // if one of them says so. Expiry: the earliest, 0 for never. Fails with the component's own error, or MR2025, which
  // names both components.
  Status properties(std::string_view endpoint, mr_emit_property emit, void* arg, std::int64_t& expires_unix_ms,
                    observe::Problem* why = nullptr);

  // Moves when properties() would answer anew. Whoever calls invalidate() then interrupts the sources.
  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }
  void invalidate() noexcept { generation_.fetch_add(1, std::memory_order_acq_rel); }

 private:
  struct Part {
    AuthInstance* auth;
    std::string component;
  };
  std::vector<Part> parts_;
  std::mutex mutex_;  // one properties() at a time; held while auth components run
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace millrace::plugin
