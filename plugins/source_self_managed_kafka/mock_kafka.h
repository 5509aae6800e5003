// A Kafka cluster inside the test program (librdkafka's mock), with a producer. Tests only.
//
// The mock has no TLS, SASL, ACLs, lookup by time or description of groups.
//
// Confined to one thread.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <millrace/plugin.hpp>

#include "client.h"

namespace millrace::kafka::testing {

class MockKafka {
 public:
  explicit MockKafka(int brokers = 1) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "2", nullptr, 0);
    char text[256];
    owner_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text));
    cluster_.reset(rd_kafka_mock_cluster_new(owner_.get(), brokers));
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_.get(), 200);
    // The producer that fills topics is another client: the first one only owns the cluster.
    conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap().c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "linger.ms", "1", nullptr, 0);
    producer_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text));
  }

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  rd_kafka_mock_cluster_t* cluster() const { return cluster_.get(); }
  void create_topic(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1);
  }
  void down(std::int32_t broker) { rd_kafka_mock_broker_set_down(cluster_.get(), broker); }
  void up(std::int32_t broker) { rd_kafka_mock_broker_set_up(cluster_.get(), broker); }

  struct Record {
    std::optional<std::string> key, value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
  };
  void produce(const std::string& topic, std::int32_t partition, const Record& record) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers)
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                          value ? static_cast<ssize_t>(value->size()) : 0);
    // An empty value has to have an address, or it would be absent.
    const auto bytes = [](const std::optional<std::string>& s) {
      return const_cast<char*>(s ? (s->empty() ? "" : s->data()) : nullptr);
    };
    const auto size = [](const std::optional<std::string>& s) { return s ? s->size() : std::size_t{0}; };
    const auto refused = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(bytes(record.key), size(record.key)), RD_KAFKA_V_VALUE(bytes(record.value), size(record.value)),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) throw Error(MR_INTERNAL, rd_kafka_err2str(refused));
  }
  void produce(const std::string& topic, std::int32_t partition, int first, int count) {
    for (int i = first; i < first + count; ++i) produce(topic, partition, {.key = {}, .value = std::to_string(i)});
    rd_kafka_flush(producer_.get(), 10'000);
  }
  // Of a topic's partition 0, from its first record on.
  Owned<rd_kafka_t, rd_kafka_destroy> consumer(const std::string& topic) const {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap().c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "group.id", "g", nullptr, 0);
    rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", nullptr, 0);
    Owned<rd_kafka_t, rd_kafka_destroy> consumer(rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0));
    const PartitionList list = make_list(1);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = 0;
    if (const auto refused = rd_kafka_assign(consumer.get(), list.get()); refused != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw Error(MR_INTERNAL, rd_kafka_err2str(refused));
    return consumer;
  }
  void flush() { rd_kafka_flush(producer_.get(), 10'000); }

 private:
  Owned<rd_kafka_t, rd_kafka_destroy> owner_;
  Owned<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster_;
  Owned<rd_kafka_t, rd_kafka_destroy> producer_;
};

}  // namespace millrace::kafka::testing
