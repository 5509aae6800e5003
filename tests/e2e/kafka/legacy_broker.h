// LegacyBroker: one broker of a Kafka that still needs ZooKeeper (2.8.2, 0.10.0.0), plaintext on loopback.
//
// Topics are created by writing to them, with four partitions: 0.10.0 has no request for it. Otherwise as Cluster: gone
// with the object, exits 77 when Java or the jars are missing, throws with the end of the log when it does not start.
//
// Construct on the main thread (see process.h).
#pragma once

#include <memory>
#include <string>

#include "tests/e2e/kafka/ports.h"
#include "tests/e2e/kafka/process.h"
#include "tests/e2e/kafka/temporary_folder.h"

namespace millrace::e2e {

class LegacyBroker {
 public:
  explicit LegacyBroker(const std::string& version);

  std::string bootstrap() const { return "127.0.0.1:" + std::to_string(port_.number()); }

 private:
  std::string jars_;
  TemporaryFolder folder_;
  PortReservation zookeeper_port_, port_;
  std::unique_ptr<Process> zookeeper_, broker_;
};

}  // namespace millrace::e2e
