// How long one record takes from its producer to the function, beside how long it takes to kcat; see scenarios.h.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/bench/millrace.h"
#include "tests/bench/null_function.h"
#include "tests/bench/scenarios.h"

namespace millrace::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct DestroyClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Producer = std::unique_ptr<rd_kafka_t, DestroyClient>;

Instant produce(rd_kafka_t* producer, const std::string& topic, std::size_t number) {
  std::string value = make_value(100, number);
  const Instant sent = std::chrono::steady_clock::now();
  if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("a record could not be produced");
  rd_kafka_poll(producer, 0);
  return sent;
}

Producer make_producer(const std::string& brokers) {
  return Producer(
      e2e::make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"linger.ms", "0"}, {"acks", "1"}}));
}

double ms_between(Instant from, Instant to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

void add(Measured& measured, const std::string& who, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  for (const auto& [name, share] :
       std::array<std::pair<const char*, double>, 3>{{{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}}})
    measured.values.emplace_back(who + ", " + name + ", ms", quantile(times, share));
}

constexpr std::size_t kWarmUp = 50;

std::vector<double> through_millrace(const std::string& brokers, const std::string& topic, std::size_t count) {
  const Producer producer = make_producer(brokers);
  NullFunction function;
  Millrace millrace({{.name = topic,
                      .brokers = brokers,
                      .topic = topic,
                      .endpoint = function.endpoint(),
                      .batch = 1,
                      .window = "0s"}});
  std::vector<double> times;
  for (std::size_t i = 0; i < count + kWarmUp; ++i) {
    const Instant sent = produce(producer.get(), topic, i);
    if (!function.wait_for_records(i + 1, seconds(30)))
      throw std::runtime_error("a single record did not arrive:\n" + millrace.tail());
    if (i >= kWarmUp) times.push_back(ms_between(sent, function.progress().last));
    std::this_thread::sleep_for(milliseconds(1));
  }
  millrace.stop();
  return times;
}

std::vector<double> through_kcat(const std::string& brokers, const std::string& topic, std::size_t count) {
  const Producer producer = make_producer(brokers);
  const std::string command = "exec kcat -C -u -q -b " + brokers + " -t " + topic + " -p 0 -o beginning -c " +
                              std::to_string(count + kWarmUp) + " -f '%o\\n'";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(::popen(command.c_str(), "r"), &::pclose);
  if (!output) throw std::runtime_error("kcat cannot be started");
  std::vector<double> times;
  std::array<char, 64> line{};
  for (std::size_t i = 0; i < count + kWarmUp; ++i) {
    const Instant sent = produce(producer.get(), topic, i);
    if (std::fgets(line.data(), line.size(), output.get()) == nullptr) throw std::runtime_error("kcat ended early");
    if (i >= kWarmUp) times.push_back(ms_between(sent, std::chrono::steady_clock::now()));
    std::this_thread::sleep_for(milliseconds(1));
  }
  return times;
}

}  // namespace

Measured latency(e2e::Cluster& kafka, double scale) {
  const std::size_t count = std::max<std::size_t>(100, static_cast<std::size_t>(3000 * scale));
  constexpr int kRounds = 2;  // interleaved; all times of one program count together
  std::vector<double> ours, kcats;
  for (int round = 0; round < kRounds; ++round) {
    for (const bool kcat : {true, false}) {
      if (kcat && !e2e::is_installed("kcat")) continue;
      const std::string topic = std::string("latency-") + (kcat ? "kcat-" : "millrace-") + std::to_string(round);
      kafka.admin().create_topic(topic, 1);
      const std::vector<double> times =
          kcat ? through_kcat(kafka.bootstrap(), topic, count) : through_millrace(kafka.bootstrap(), topic, count);
      std::vector<double>& all = kcat ? kcats : ours;
      all.insert(all.end(), times.begin(), times.end());
      kafka.admin().delete_topic(topic);
    }
  }
  Measured measured{.cell = "latency"};
  add(measured, "millrace, producer to function", ours);
  if (!kcats.empty()) add(measured, "kcat, producer to output", kcats);
  std::sort(ours.begin(), ours.end());
  measured.bars = {{"p99 at most 5 ms", quantile(ours, 0.99) <= 5}};
  return measured;
}

}  // namespace millrace::bench
