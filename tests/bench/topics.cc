// Fills topics as fast as librdkafka does; the contract stands in topics.h.
#include "tests/bench/topics.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

namespace millrace::bench {
namespace {

constexpr std::size_t kDifferentValues = 512;

struct DestroyClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};

void fill(const std::string& brokers, const Load& load) {
  const std::unique_ptr<rd_kafka_t, DestroyClient> client(
      e2e::make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                           {"linger.ms", "50"},
                                           {"batch.size", "1000000"},
                                           {"message.max.bytes", "4000000"},
                                           {"compression.codec", load.lz4 ? "lz4" : "none"},
                                           {"queue.buffering.max.messages", "500000"},
                                           {"queue.buffering.max.kbytes", "262144"}}));
  std::vector<std::string> values;
  for (std::size_t i = 0; i < kDifferentValues && i < load.records; ++i) values.push_back(make_value(load.bytes, i));
  const std::size_t run = load.bytes > 10'000 ? 1 : 50;  // neighbours share a partition, as a producer's batches do
  for (std::size_t i = 0; i < load.records;) {
    std::string& value = values[i % values.size()];
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        client.get(), RD_KAFKA_V_TOPIC(load.topic().c_str()),
        RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(i / run % kPartitions)),
        RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
      ++i;
    else if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      throw std::runtime_error(std::string("a record could not be produced: ") + rd_kafka_err2str(error));
    rd_kafka_poll(client.get(), error == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 100 : 0);
  }
  if (rd_kafka_flush(client.get(), 120'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("the topic could not be filled within 120 s");
}

}  // namespace

std::string make_value(std::size_t bytes, std::size_t number) {
  static constexpr std::array<const char*, 16> kWords = {"amber",  "birch", "copper", "delta", "ember",   "fjord",
                                                         "garnet", "heron", "iris",   "jade",  "kestrel", "linden",
                                                         "maple",  "north", "opal",   "pine"};
  const std::string end = R"(","status":"shipped"})";
  std::string value = R"({"order":)" + std::to_string(1'000'000 + number) + R"(,"note":")";
  std::uint64_t state = number * 0x9E3779B97F4A7C15u + 1;
  while (value.size() + end.size() < bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value += kWords[state >> 60];
    value += static_cast<char>('0' + (state >> 40) % 10);
    value += static_cast<char>('a' + (state >> 32) % 26);
    value += ' ';
  }
  value.resize(bytes - end.size());
  return value + end;
}

void Topics::need(const Load& load) {
  if (held_ == load.topic()) return;
  drop();
  const auto begin = std::chrono::steady_clock::now();
  kafka_.admin().create_topic(load.topic(), kPartitions);
  held_ = load.topic();
  fill(kafka_.bootstrap(), load);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::fprintf(stderr, "preloaded %zu records of %s%s in %.0f s\n", load.records, load.size_name().c_str(),
               load.lz4 ? ", lz4" : "", seconds);
}

void Topics::drop() {
  if (!held_.empty()) kafka_.admin().delete_topic(held_);
  held_.clear();
}

}  // namespace millrace::bench
