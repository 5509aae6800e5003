// A Kafka broker inside this process: librdkafka's mock cluster, on an address of the loopback interface.
//
// It speaks enough of the protocol for producers and consumer groups and nothing more: no authentication, no TLS, no
// lookup by timestamp. It keeps 5 MiB of each partition and silently forgets what is older, so whoever produces must
// not run far ahead of the consumers; produce() does not look after that, feeder.h does.
//
// Used by demo.h and tests. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace millrace::dev {

class EmbeddedBroker {
 public:
  // Starts it with these topics. Fails only when the process is out of threads, descriptors or memory.
  static Result<std::unique_ptr<EmbeddedBroker>> start(const std::vector<std::string>& topics, int partitions);
  ~EmbeddedBroker();
  EmbeddedBroker(const EmbeddedBroker&) = delete;
  EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

  const std::string& bootstrap_servers() const { return bootstrap_servers_; }  // "127.0.0.1:36407"

  // Hands a record over; it is sent within milliseconds. The key decides the partition.
  Status produce(const std::string& topic, std::string_view key, std::string_view value);
  // Waits until everything produced so far is in the topics, at most for five seconds.
  Status flush();

 private:
  class Cluster;  // the only part that knows librdkafka

  explicit EmbeddedBroker(std::unique_ptr<Cluster> cluster);

  std::unique_ptr<Cluster> cluster_;
  std::string bootstrap_servers_;
};

}  // namespace millrace::dev
