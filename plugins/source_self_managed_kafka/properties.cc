#include "properties.h"

#include <algorithm>
#include <array>

namespace millrace::kafka {
namespace {

struct Known {
  std::string_view neutral;
  const char* librdkafka;  // "": handled below
};
constexpr std::array kKnown{
    Known{"tls.enabled", ""},
    Known{"sasl.mechanism", "sasl.mechanism"},
    Known{"sasl.username", "sasl.username"},
    Known{"sasl.password", "sasl.password"},
    Known{"tls.ca_pem", "ssl.ca.pem"},
    Known{"tls.server_name", ""},
    Known{"tls.client_cert_pem", "ssl.certificate.pem"},
    Known{"tls.client_key_pem", "ssl.key.pem"},
};

}  // namespace

void ConnectionProperties::add(std::string_view name, std::string_view value) {
  const bool known = std::any_of(kKnown.begin(), kKnown.end(), [&](const Known& k) { return k.neutral == name; });
  if (!known)
    throw Error(MR_INVALID_ARGUMENT,
                "The source self_managed_kafka does not know the connection property " + std::string(name) + ".",
                "/auth")
        .id("MR3001")
        .reason("ESM_CONFIG_NOT_VALID")
        .hint("Remove the auth component that gives it, or use a source that supports it.");
  if (name == "tls.server_name" && value.empty()) return;
  values_[std::string(name)] = std::string(value);
}

std::string ConnectionProperties::get(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::string() : it->second;
}

bool ConnectionProperties::differs_only_in_credentials(const ConnectionProperties& other) const {
  if (*this == other || !has("sasl.username") || !other.has("sasl.username")) return false;
  auto mine = values_, theirs = other.values_;
  for (const char* name : {"sasl.username", "sasl.password"}) {
    mine.erase(name);
    theirs.erase(name);
  }
  return mine == theirs;
}

std::int64_t Tuning::queue_kilobytes() const {
  constexpr std::int64_t kAllQueues = 48 * 1024;
  return std::clamp<std::int64_t>(kAllQueues / std::max<std::int64_t>(partitions, 1), 1, 1024);
}

ClientConfig client_config(const Settings& settings, const ConnectionProperties& connection, const Tuning& tuning) {
  ClientConfig c;
  // What an operator may override comes first.
  c["client.id"] = "millrace";
  c["queued.max.messages.kbytes"] = std::to_string(tuning.queue_kilobytes());
  c["fetch.queue.backoff.ms"] = "5";
  c["fetch.wait.max.ms"] = "100";
  c["fetch.max.bytes"] = std::to_string(8 * 1024 * 1024);  // unset it follows the queue bound, and speed falls
  c["isolation.level"] = "read_committed";
  c["max.poll.interval.ms"] = std::to_string(settings.max_poll_interval_ms);
  c["socket.nagle.disable"] = "true";
  c["socket.connection.setup.timeout.ms"] = "10000";
  c["reconnect.backoff.max.ms"] = "10000";
  c["allow.auto.create.topics"] = "false";  // a typo must not create a topic
  c["statistics.interval.ms"] = "5000";     // makes librdkafka ask for the start of each log; see names_no_broker()
  c["enable.metrics.push"] = "false";
  for (const auto& [name, value] : settings.overrides) c[name] = value;

  c["bootstrap.servers"] = settings.bootstrap_joined;
  c["group.id"] = settings.group;
  c["group.protocol"] = "classic";
  c["session.timeout.ms"] = std::to_string(settings.session_timeout_ms);
  if (!c.contains("heartbeat.interval.ms"))
    c["heartbeat.interval.ms"] = std::to_string(std::clamp<std::int64_t>(settings.session_timeout_ms / 3, 1, 3'000));
  if (!settings.static_member_id.empty()) c["group.instance.id"] = settings.static_member_id;
  c["partition.assignment.strategy"] = tuning.assignor;
  c["enable.auto.commit"] = "false";
  c["enable.auto.offset.store"] = "false";
  c["auto.offset.reset"] = "error";
  c["log.queue"] = "true";

  for (const Known& known : kKnown) {
    if (*known.librdkafka != '\0' && connection.has(std::string(known.neutral)))
      c[known.librdkafka] = connection.get(std::string(known.neutral));
  }
  const bool tls = connection.get("tls.enabled") == "1";
  const bool sasl = connection.has("sasl.mechanism");
  c["security.protocol"] = sasl ? (tls ? "SASL_SSL" : "SASL_PLAINTEXT") : (tls ? "SSL" : "PLAINTEXT");
  // With a name of its own the certificate is checked against that one, by the client's certificate callback.
  if (tls) c["ssl.endpoint.identification.algorithm"] = connection.has("tls.server_name") ? "none" : "https";
  return c;
}

std::map<std::string, bool> secret_names() {
  return {{"sasl.password", true},
          {"sasl.username", true},
          {"ssl.key.pem", true},
          {"ssl.ca.pem", true},
          {"ssl.certificate.pem", true}};
}

}  // namespace millrace::kafka
