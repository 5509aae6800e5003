// What the compiler watches to learn where librdkafka spends its time, so that it is built for that (scripts/setup).
//
// Small and large records, plain and compressed, produced to a cluster inside this process (librdkafka's own mock, on
// loopback) and read again and again the way a source reads them: a group, a queue a partition, batches, commits. The
// work is the same in every run, and it needs nothing but the library.
//
// Used by scripts/setup alone. One thread; librdkafka has its own.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>

namespace {

constexpr int kPartitions = 12;
constexpr int kReadings = 12;                    // reading is what a pipeline does; producing only fills the topics
constexpr int kDeadlineMs = 60'000;              // for a topic, each way
constexpr std::size_t kTopicBytes = 20'000'000;  // the mock keeps 5 MiB a partition

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "librdkafka training: %s\n", why.c_str());
  std::exit(1);
}

rd_kafka_t* make_client(rd_kafka_type_t type, std::initializer_list<std::pair<const char*, const char*>> properties) {
  char error[512];
  rd_kafka_conf_t* settings = rd_kafka_conf_new();
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(settings, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) fail(error);
  rd_kafka_t* client = rd_kafka_new(type, settings, error, sizeof error);
  if (client == nullptr) fail(error);
  return client;
}

long produce(const char* brokers, const char* topic, const char* compression, std::size_t size) {
  rd_kafka_t* producer = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                         {"compression.codec", compression},
                                                         {"linger.ms", "20"},
                                                         {"queue.buffering.max.kbytes", "65536"}});
  const long count = static_cast<long>(std::min<std::size_t>(kTopicBytes / size, 80'000));
  std::string value(size, '.');
  for (long i = 0; i < count; ++i) {
    for (std::size_t at = 0; at < size; ++at)
      value[at] = static_cast<char>('a' + (static_cast<std::size_t>(i) * 31 + at * at) % 23);
    while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(static_cast<int>(i) % kPartitions),
                             RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
      rd_kafka_poll(producer, 10);
  }
  if (rd_kafka_flush(producer, kDeadlineMs) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("the records were not taken");
  rd_kafka_destroy(producer);
  return count;
}

// Looks at a message as a source does.
unsigned look_at(const rd_kafka_message_t* message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  return static_cast<unsigned>(message->offset + rd_kafka_message_leader_epoch(message) +
                               rd_kafka_message_timestamp(message, &type));
}

void read(const char* brokers, const char* topic, long count) {
  rd_kafka_t* consumer = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                         {"group.id", topic},
                                                         {"enable.auto.commit", "false"},
                                                         {"enable.auto.offset.store", "false"},
                                                         {"auto.offset.reset", "earliest"},
                                                         {"fetch.queue.backoff.ms", "5"},
                                                         {"fetch.wait.max.ms", "10"}});
  rd_kafka_poll_set_consumer(consumer);
  std::array<rd_kafka_message_t*, 1000> messages{};
  unsigned sum = 0;
  for (int reading = 0; reading < kReadings; ++reading) {
    rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(kPartitions);
    for (int partition = 0; partition < kPartitions; ++partition)
      rd_kafka_topic_partition_list_add(all, topic, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    std::array<rd_kafka_queue_t*, kPartitions> queues{};
    for (int partition = 0; partition < kPartitions; ++partition) {
      queues[partition] = rd_kafka_queue_get_partition(consumer, topic, partition);
      rd_kafka_queue_forward(queues[partition], nullptr);
    }
    rd_kafka_assign(consumer, all);
    long seen = 0;
    for (int idle = 0; seen < count && idle < kDeadlineMs;) {
      const long before = seen;
      for (rd_kafka_queue_t* queue : queues) {
        const ssize_t got =
            rd_kafka_consume_batch_queue(queue, 0, messages.data(), seen % 2 == 0 ? 64 : messages.size());
        for (ssize_t i = 0; i < got; ++i) {
          if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) sum += look_at(messages[i]), ++seen;
          rd_kafka_message_destroy(messages[i]);
        }
      }
      if (seen == before) {
        ++idle;
        if (rd_kafka_message_t* event = rd_kafka_consumer_poll(consumer, 1)) rd_kafka_message_destroy(event);
      }
    }
    if (seen < count) fail("only " + std::to_string(seen) + " of " + std::to_string(count) + " records came back");
    rd_kafka_commit(consumer, all, 0);
    rd_kafka_topic_partition_list_destroy(all);
    rd_kafka_assign(consumer, nullptr);
    for (rd_kafka_queue_t* queue : queues) rd_kafka_queue_destroy(queue);
  }
  rd_kafka_destroy(consumer);
  std::printf("%s: %ld records, %d times (%u)\n", topic, count, kReadings, sum);
}

}  // namespace

int main() {
  rd_kafka_t* host = make_client(RD_KAFKA_PRODUCER, {{"log_level", "3"}});
  rd_kafka_mock_cluster_t* cluster = rd_kafka_mock_cluster_new(host, 1);
  if (cluster == nullptr) fail("no mock cluster");
  const char* brokers = rd_kafka_mock_cluster_bootstraps(cluster);
  for (const char* compression : {"none", "lz4"}) {
    for (const std::size_t size : {100, 1000}) {
      const std::string topic = std::string(compression) + "-" + std::to_string(size);
      if (rd_kafka_mock_topic_create(cluster, topic.c_str(), kPartitions, 1) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail("no topic");
      read(brokers, topic.c_str(), produce(brokers, topic.c_str(), compression, size));
    }
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(host);
  return 0;
}
