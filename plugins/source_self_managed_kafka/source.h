// The component self_managed_kafka: a member of a consumer group that lends its records to the host.
//
// Invariant: no trouble of the cluster ends the source. It is reported as health and tried again, for ever; poll()
// fails only when the instance itself is broken.
//
// Used by plugin.cc. All calls come from the source's thread, except interrupt().
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "schema.h"
#include "session.h"

namespace millrace::kafka {

class Source {
 public:
  static constexpr Info info{.type = "self_managed_kafka",
                             .summary = "Records of Apache Kafka topics, as a member of a consumer group.",
                             .schema = kSchema,
                             .stability = MR_BETA};
  static constexpr std::uint32_t caps = MR_CAP_SCALABLE;

  Source(Host host, const Config& config) : Source(host, config, Timing{}) {}
  Source(Host host, const Config& config, Timing timing);
  ~Source();

  void start();
  void stop(std::uint64_t deadline_ns);
  std::unique_ptr<Records> poll(Credit credit);
  void commit(std::span<const mr_position> positions, std::uint64_t deadline_ns);
  void set_paused(std::span<const std::uint64_t> ids, bool paused);
  void release_streams(std::span<const std::uint64_t> ids);
  void interrupt() noexcept;

 private:
  void open();
  void retire_session(std::int64_t close_deadline_ns);
  void serve(std::int64_t now, bool woken);
  void change_client(std::int64_t now);
  void follow_rotation();
  ConnectionProperties read_connection();

  Host host_;
  Connection chain_;  // the pipeline's auth components
  Settings settings_;
  Timing timing_;
  HealthBoard health_;
  Metric lost_records_;
  std::array<mr_field, 2> attributes_;
  Wakeup wakeup_;
  std::atomic<bool> interrupted_{false};
  std::uint64_t last_stream_id_ = 0;
  bool told_host_ = false;

  std::unique_ptr<Session> session_;
  std::vector<std::unique_ptr<Client>> retired_;  // until the host has given their batches back
  ConnectionProperties connection_;
  std::uint64_t generation_ = 0;
  bool rotate_ = false;
  std::int64_t open_at_ = 0;
  Tuning tuning_;
};

}  // namespace millrace::kafka
