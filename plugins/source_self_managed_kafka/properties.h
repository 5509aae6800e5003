// From our settings and the connection properties of the auth components to librdkafka's properties.
//
// Invariant: a connection property that this source does not know is refused by name; ignoring one (`net.egress`, say)
// would silently connect in another way than the operator asked for.
//
// Pure; used by session.cc. No secret is ever put into a message.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "client.h"
#include "settings.h"

namespace millrace::kafka {

// What the auth chain emitted, by neutral name ("sasl.username").
class ConnectionProperties {
 public:
  // Throws millrace::Error for a name that this source does not know.
  void add(std::string_view name, std::string_view value);
  std::string get(const std::string& name) const;
  bool has(const std::string& name) const { return values_.contains(name); }
  // Only user name or password differ: the running client can take them over.
  bool differs_only_in_credentials(const ConnectionProperties& other) const;
  bool operator==(const ConnectionProperties&) const = default;

 private:
  std::map<std::string, std::string> values_;
};

// What depends on the cluster and is known only after it was asked: the first client is built with the defaults.
struct Tuning {
  std::string assignor = "cooperative-sticky";  // the group's own where it already uses another
  std::int64_t partitions = 1;                  // of all topics: bounds the fetch queues' sum
  bool operator==(const Tuning& o) const { return assignor == o.assignor && queue_kilobytes() == o.queue_kilobytes(); }
  // With partition queues the bound holds for each queue, so their sum has to be divided.
  std::int64_t queue_kilobytes() const;
};

ClientConfig client_config(const Settings& settings, const ConnectionProperties& connection, const Tuning& tuning);

// Names of librdkafka properties whose values must not appear in messages.
std::map<std::string, bool> secret_names();

}  // namespace millrace::kafka
