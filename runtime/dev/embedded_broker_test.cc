#include "runtime/dev/embedded_broker.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>

namespace millrace::dev {
namespace {

struct DestroyClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};

// A consumer of a fresh group, from the beginning.
std::unique_ptr<rd_kafka_t, DestroyClient> consumer(const std::string& servers, const char* topic) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const auto& [name, value] : std::map<std::string, std::string>{{"bootstrap.servers", servers},
                                                                      {"group.id", "test"},
                                                                      {"auto.offset.reset", "earliest"},
                                                                      {"fetch.wait.max.ms", "10"}})
    rd_kafka_conf_set(conf, name.c_str(), value.c_str(), nullptr, 0);
  char reason[256];
  std::unique_ptr<rd_kafka_t, DestroyClient> client(rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason));
  EXPECT_NE(client, nullptr) << reason;
  rd_kafka_poll_set_consumer(client.get());
  rd_kafka_topic_partition_list_t* const topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
  EXPECT_EQ(rd_kafka_subscribe(client.get(), topics), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_partition_list_destroy(topics);
  return client;
}

TEST(EmbeddedBroker, GivesAGroupTheRecordsItWasHanded) {
  auto broker = EmbeddedBroker::start({"orders"}, 2);
  ASSERT_TRUE(broker.ok()) << broker.status().to_string();
  EXPECT_TRUE((*broker)->bootstrap_servers().starts_with("127.0.0.1:"));
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE((*broker)->produce("orders", "key-" + std::to_string(i), "value-" + std::to_string(i)).ok());
  ASSERT_TRUE((*broker)->flush().ok());

  const auto started = std::chrono::steady_clock::now();
  const auto client = consumer((*broker)->bootstrap_servers(), "orders");
  std::map<std::string, std::string> seen;
  std::map<std::int32_t, int> partitions;
  while (seen.size() < 50 && std::chrono::steady_clock::now() - started < std::chrono::seconds(20)) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(client.get(), 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++partitions[message->partition];
      seen[{static_cast<const char*>(message->key), message->key_len}] = {static_cast<const char*>(message->payload),
                                                                          message->len};
    }
    rd_kafka_message_destroy(message);
  }
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(seen["key-7"], "value-7");
  EXPECT_EQ(partitions.size(), 2u);
  // The mock cluster makes the first member of a group wait three seconds unless it is told not to.
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(2'800));
  rd_kafka_consumer_close(client.get());
}

}  // namespace
}  // namespace millrace::dev
