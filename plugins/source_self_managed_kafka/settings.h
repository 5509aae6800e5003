// The component's configuration as values: what the YAML says, plus what the host adds to it.
//
// Invariant: a Settings is complete and valid; every refusal happened in parse_settings(), without I/O, so that
// `millrace validate` finds it.
//
// Used by everything in this plugin. Immutable after construction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <millrace/plugin.hpp>

namespace millrace::kafka {

enum class StartKind { kTrimHorizon, kLatest, kAtTimestamp };
struct StartPosition {
  StartKind kind = StartKind::kTrimHorizon;
  std::int64_t timestamp_ms = 0;  // kAtTimestamp only
};

enum class OffsetLost { kStop, kEarliest, kLatest };

struct Settings {
  std::vector<std::string> bootstrap_servers;
  std::string bootstrap_joined;  // as librdkafka and the batch attribute want it
  std::vector<std::string> topics;
  std::string group;
  std::string static_member_id;  // "": the host has no stable id, so a restart rebalances
  StartPosition start;
  OffsetLost on_offset_lost = OffsetLost::kStop;
  std::int64_t session_timeout_ms = 45'000;
  std::int64_t max_poll_interval_ms = 300'000;
  std::map<std::string, std::string> overrides;  // `librdkafka:`
};

// Throws millrace::Error with the field at fault.
Settings parse_settings(const Config& config, std::string_view pipeline_id, std::string_view host_id,
                        std::uint32_t instance);

// Milliseconds since 1970 of an RFC 3339 time, nothing when it is not one.
std::optional<std::int64_t> parse_timestamp_ms(std::string_view text);

// Why `librdkafka: {name: value}` is refused, "" when it is allowed.
std::string_view refusal_of_override(std::string_view name, std::string_view value);

}  // namespace millrace::kafka
