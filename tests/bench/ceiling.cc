// The ceiling: how fast this machine's librdkafka hands records to a program that does nothing with them.
//
//   bench_ceiling BROKERS TOPIC PARTITIONS RECORDS [PROPERTY=VALUE]...
//
// No group, no commit, no encoding: every partition is assigned from its start, and each record is looked at once. What
// a pipeline reaches is read as a share of this. Prints records/s, CPU us a record, and peak resident MB.
#include <librdkafka/rdkafka.h>
#include <mimalloc.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void set(rd_kafka_conf_t* settings, const char* name, const char* value) {
  char error[512];
  if (rd_kafka_conf_set(settings, name, value, error, sizeof error) == RD_KAFKA_CONF_OK) return;
  std::fprintf(stderr, "%s\n", error);
  std::exit(1);
}

rd_kafka_t* make_consumer(const char* brokers, int properties, char** property) {
  char error[512];
  rd_kafka_conf_t* settings = rd_kafka_conf_new();
  set(settings, "bootstrap.servers", brokers);
  set(settings, "group.id", "ceiling");
  set(settings, "enable.auto.commit", "false");
  set(settings, "enable.auto.offset.store", "false");
  set(settings, "fetch.queue.backoff.ms", "5");
  for (int i = 0; i < properties; ++i) {
    const std::string text = property[i];
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) set(settings, text.substr(0, equals).c_str(), text.c_str() + equals + 1);
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, settings, error, sizeof error);
  if (client == nullptr) {
    std::fprintf(stderr, "%s\n", error);
    std::exit(1);
  }
  return client;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: bench_ceiling BROKERS TOPIC PARTITIONS RECORDS [PROPERTY=VALUE]...\n");
    return 2;
  }
  (void)mi_version();  // keeps --as-needed from dropping the library
  const int partitions = std::atoi(argv[3]);
  const long wanted = std::atol(argv[4]);
  rd_kafka_t* client = make_consumer(argv[1], argc - 5, argv + 5);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client);
  rd_kafka_topic_partition_list_t* everything = rd_kafka_topic_partition_list_new(partitions);
  for (int partition = 0; partition < partitions; ++partition)
    rd_kafka_topic_partition_list_add(everything, argv[2], partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client, everything);
  rd_kafka_topic_partition_list_destroy(everything);

  std::array<rd_kafka_message_t*, 1000> messages{};
  long seen = 0, first = 0;
  unsigned sum = 0;
  std::chrono::steady_clock::time_point start;
  double cpu_at_start = 0;
  while (seen < wanted) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 50, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      const rd_kafka_message_t* message = messages[static_cast<std::size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++seen;
        if (message->len > 0) sum += static_cast<const unsigned char*>(message->payload)[message->len / 2];
      }
      rd_kafka_message_destroy(messages[static_cast<std::size_t>(i)]);
    }
    if (first == 0 && seen > 0) {
      first = seen;
      start = std::chrono::steady_clock::now();
      cpu_at_start = cpu_seconds();
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double cpu = cpu_seconds() - cpu_at_start;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto counted = static_cast<double>(seen - first);
  std::printf("%.0f %.4f %ld (checksum %u)\n", counted / seconds, cpu / counted * 1e6, usage.ru_maxrss / 1024, sum);
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
  return 0;
}
