// The sink's configuration as values, checked for what the schema cannot say.
//
// Invariant: whatever came through read_settings() can be used; secrets are references still, resolved at start().
//
// Pure, thread-safe.
#pragma once
#include <millrace/plugin.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::grpc_sink {

struct TlsSettings {
  std::string root_ca, credentials;  // references to secrets, or ""
  std::string server_name;
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Settings {
  std::string target;  // as gRPC takes it: "dns:///host:port" or "unix:path"
  std::string shown;   // as the operator wrote it
  bool stream = false;
  std::uint32_t channels = 1;
  std::uint64_t timeout_ms = 0;
  std::uint64_t max_message_bytes = 0;
  Metadata metadata;  // values may be references
  std::optional<TlsSettings> tls;
};

// Throws millrace::Error with MR4101 or MR4102.
Settings read_settings(const Config& config);

bool is_secret_reference(std::string_view value);

// A value of metadata as it is sent: a secret's last line break is cut off. Throws millrace::Error with MR4102, which
// does not show the value.
std::string metadata_value(const std::string& name, std::string value);

}  // namespace millrace::grpc_sink
