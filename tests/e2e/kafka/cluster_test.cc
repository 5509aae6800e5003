// The fixture itself: start, produce, consume, kill, restart. $MILLRACE_TEST_KAFKA names the version.
#include "tests/e2e/kafka/cluster.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "tests/e2e/kafka/producer.h"

namespace millrace::e2e {
namespace {

// Values of partition 0 from the start of the log, as many as asked for or as 30 s bring.
std::vector<std::string> consume(Properties properties, const std::string& topic, std::size_t count) {
  properties.insert(properties.end(), {{"group.id", "reader"}, {"enable.auto.commit", "false"}});
  rd_kafka_t* client = make_client(RD_KAFKA_CONSUMER, properties);
  rd_kafka_poll_set_consumer(client);
  rd_kafka_topic_partition_list_t* start = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(start, topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client, start);
  rd_kafka_topic_partition_list_destroy(start);
  std::vector<std::string> values;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (values.size() < count && std::chrono::steady_clock::now() < deadline) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
      values.emplace_back(static_cast<const char*>(message->payload), message->len);
    rd_kafka_message_destroy(message);
  }
  rd_kafka_destroy(client);
  return values;
}

void produce(const std::string& bootstrap, const std::string& topic, const std::string& value,
             Properties properties = {}) {
  Producer producer(bootstrap, {}, std::move(properties));
  producer.produce({.topic = topic, .key = "k", .value = value, .headers = {{"h", "v"}}});
  producer.flush();
}

TEST(Cluster, KeepsItsRecordsAndPortsWhenABrokerIsKilledAndStartedAgain) {
  std::string folder;
  pid_t pid = 0;
  {
    Cluster kafka({.version = version_under_test()});
    folder = kafka.folder();
    pid = kafka.process(0).pid();
    kafka.admin().create_topic("orders", 2);
    std::int64_t offset = -1;
    Producer producer(kafka.bootstrap(), [&](const Message&, std::int64_t at) { offset = at; });
    producer.produce({.topic = "orders", .value = "before"});
    producer.flush();
    EXPECT_EQ(offset, 0);

    kafka.kill(0);
    kafka.start(0);
    produce(kafka.bootstrap(), "orders", "after");
    EXPECT_EQ(consume({{"bootstrap.servers", kafka.bootstrap()}}, "orders", 2),
              (std::vector<std::string>{"before", "after"}));

    kafka.admin().delete_records("orders", 0, 1);
    EXPECT_EQ(kafka.admin().watermarks("orders", 0), (std::pair<std::int64_t, std::int64_t>(1, 2)));
    EXPECT_TRUE(kafka.admin().committed("nobody", "orders").empty());
    pid = kafka.process(0).pid();
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(::kill(pid, 0), -1) << "the broker outlived its cluster";
}

TEST(Cluster, LetsInEveryWayItIsToldTo) {
  Cluster kafka({.version = version_under_test(),
                 .listeners = {{"TLS", Security::kSsl},
                               {"MTLS", Security::kSsl, {}, true},
                               {"SASL", Security::kSaslSsl, {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}},
                               {"OPEN", Security::kSaslPlaintext, {"SCRAM-SHA-512"}}},
                 .users = {{"alice", "secret"}}});
  kafka.admin().create_topic("orders", 1);
  const Certificate client = kafka.authority().issue("client");
  const Properties tls = {{"security.protocol", "ssl"}, {"ssl.ca.location", kafka.authority().root_path()}};
  const auto with = [](Properties base, const Properties& more) {
    base.insert(base.end(), more.begin(), more.end());
    return base;
  };
  const auto sasl = [&](const char* protocol, const char* mechanism) {
    return Properties{{"security.protocol", protocol},
                      {"ssl.ca.location", kafka.authority().root_path()},
                      {"sasl.mechanism", mechanism},
                      {"sasl.username", "alice"},
                      {"sasl.password", "secret"}};
  };
  produce(kafka.bootstrap("TLS"), "orders", "tls", tls);
  produce(kafka.bootstrap("MTLS"), "orders", "mtls",
          with(tls, {{"ssl.certificate.location", client.chain_path}, {"ssl.key.location", client.key_path}}));
  produce(kafka.bootstrap("SASL"), "orders", "plain", sasl("sasl_ssl", "PLAIN"));
  produce(kafka.bootstrap("SASL"), "orders", "256", sasl("sasl_ssl", "SCRAM-SHA-256"));
  produce(kafka.bootstrap("SASL"), "orders", "512", sasl("sasl_ssl", "SCRAM-SHA-512"));
  produce(kafka.bootstrap("OPEN"), "orders", "open", sasl("sasl_plaintext", "SCRAM-SHA-512"));
  EXPECT_EQ(consume({{"bootstrap.servers", kafka.bootstrap()}}, "orders", 6),
            (std::vector<std::string>{"tls", "mtls", "plain", "256", "512", "open"}));

  // The other half: without a certificate, or with the leaf alone, the mTLS listener lets nobody in.
  Producer refused(kafka.bootstrap("MTLS"), {}, with(tls, {{"message.timeout.ms", "1500"}}));
  refused.produce({.topic = "orders", .value = "no certificate"});
  EXPECT_THROW(refused.flush(10), std::runtime_error);
  Producer leaf_only(kafka.bootstrap("MTLS"), {},
                     with(tls, {{"ssl.certificate.location", client.leaf_path},
                                {"ssl.key.location", client.key_path},
                                {"message.timeout.ms", "1500"}}));
  leaf_only.produce({.topic = "orders", .value = "leaf only"});
  EXPECT_THROW(leaf_only.flush(10), std::runtime_error);
}

}  // namespace
}  // namespace millrace::e2e
