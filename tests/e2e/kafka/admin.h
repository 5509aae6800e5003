// Admin: what a test does to a cluster beside reading and writing, over librdkafka's admin API (no Java start each
// time).
//
// A request that the cluster refuses throws std::runtime_error with the broker's reason.
//
// Thread-safe.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace millrace::e2e {

using Properties = std::vector<std::pair<std::string, std::string>>;

// A client handle with these properties. Throws when librdkafka refuses one.
rd_kafka_t* make_client(rd_kafka_type_t type, const Properties& properties,
                        void (*delivery_report)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr,
                        void* opaque = nullptr);

struct Group {
  std::string state;  // Stable, Empty, PreparingRebalance ...
  std::vector<std::string> members;
};

class Admin {
 public:
  // `properties`: security settings where `bootstrap` is not plaintext.
  explicit Admin(const std::string& bootstrap, Properties properties = {});
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  // Creates the topic and waits until every partition has a leader.
  void create_topic(const std::string& topic, int partitions, int replication = 1,
                    const std::map<std::string, std::string>& settings = {});
  void delete_topic(const std::string& topic);
  void create_partitions(const std::string& topic, int total);

  // Moves the start of the log to `before`: older records are gone for every reader.
  void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before);

  // Committed offsets of a group by partition of one topic; partitions without one are absent.
  std::map<std::int32_t, std::int64_t> committed(const std::string& group, const std::string& topic);
  Group describe_group(const std::string& group);
  void delete_group(const std::string& group);

  std::pair<std::int64_t, std::int64_t> watermarks(const std::string& topic, std::int32_t partition);

  // Brokers that answer a connection of ours right now; 0 while none does.
  std::size_t live_brokers();

  // The id of the broker that leads a partition, -1 while none does. Ids begin at 1, the fixture's numbers at 0.
  int leader(const std::string& topic, std::int32_t partition);
  // Waits until every partition of every topic, the group offsets' included, has so many copies that are up to date.
  bool wait_until_in_sync(int copies, std::chrono::milliseconds limit);

  // Allows `principal` ("User:alice") an operation on a resource, by name; with an authorizer only.
  void allow(const std::string& principal, rd_kafka_ResourceType_t type, const std::string& name,
             rd_kafka_AclOperation_t operation);

 private:
  std::size_t look(const std::function<std::size_t(const rd_kafka_metadata_t&)>& count);
  rd_kafka_event_t* ask(const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send,
                        rd_kafka_admin_op_t operation, const std::string& what);

  Properties properties_;
  rd_kafka_t* client_;
};

}  // namespace millrace::e2e
