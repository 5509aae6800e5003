// Producer: writes records for a test and says which offset each got.
//
// Idempotent and waiting for all replicas, so a record that produce() accepted is in the log exactly once and in order,
// even while brokers are killed. A record the cluster refuses throws at flush().
//
// Confined to one thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/kafka/admin.h"

namespace millrace::e2e {

// nullopt is Kafka's null, which is not the empty string.
using Bytes = std::optional<std::string>;

struct Message {
  std::string topic = {};
  std::int32_t partition = 0;
  Bytes key = std::nullopt, value = std::nullopt;
  std::vector<std::pair<std::string, Bytes>> headers = {};
  std::int64_t timestamp = 0;  // ms; 0: now
};

class Producer {
 public:
  // Called once for each record that the cluster acknowledged, from produce() or flush(), in order per partition.
  using Acknowledged = std::function<void(const Message&, std::int64_t offset)>;

  explicit Producer(const std::string& bootstrap, Acknowledged acknowledged = {}, Properties properties = {});
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Queues a copy of the record; blocks while the queue is full.
  void produce(Message message);

  // Returns when everything is acknowledged; throws after `seconds`, or when a record was refused.
  void flush(int seconds = 60);

 private:
  static void report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);

  Acknowledged acknowledged_;
  std::string refused_;
  rd_kafka_t* client_;
};

}  // namespace millrace::e2e
