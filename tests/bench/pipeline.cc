// Speed of the built binary on real Apache Kafka, beside what the machine can do at most.
//
//   bench_pipeline [--records N] [--rounds N] [--version V] [--beside 'NAME=COMMAND']...
//
// Preloads a topic of 12 partitions per record size, then runs the ceiling, Millrace into a function that takes no
// time, and every COMMAND, interleaved, and prints medians and ratios. In COMMAND, {brokers} {topic} {partitions}
// {records} {batch} {url} are replaced; it must print "... N rec/s, N us CPU/rec". Absolute figures swing with the
// machine, which broker, function and client share: quote the ratios.
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "tests/bench/null_function.h"
#include "tests/e2e/kafka/cluster.h"
#include "tests/e2e/scenarios/host.h"

namespace millrace::bench {
namespace {

constexpr int kPartitions = 12;

struct Figure {
  double rate = 0, cpu_us = 0, memory_mb = 0;
};

struct Case {
  std::size_t size;
  int batch;
  std::size_t records;
  std::string topic() const { return "bytes-" + std::to_string(size); }
};

void preload(const std::string& brokers, const Case& load) {
  rd_kafka_t* client = e2e::make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                            {"linger.ms", "20"},
                                                            {"batch.size", "262144"},
                                                            {"queue.buffering.max.messages", "500000"},
                                                            {"queue.buffering.max.kbytes", "262144"}});
  std::string value(load.size, '\0');
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>('a' + i * 7 % 26);
  for (std::size_t i = 0; i < load.records;) {
    const std::string number = std::to_string(i);
    value.replace(0, number.size(), number);
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        client, RD_KAFKA_V_TOPIC(load.topic().c_str()),
        RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(i / 50 % kPartitions)),
        RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) ++i;
    rd_kafka_poll(client, error == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 100 : 0);
  }
  if (rd_kafka_flush(client, 120'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("the topic could not be filled");
  rd_kafka_destroy(client);
}

double cpu_seconds_of(pid_t pid) {
  const std::string stat = e2e::read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  double user = 0, system = 0;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double peak_memory_mb_of(pid_t pid) {
  const std::string status = e2e::read_file("/proc/" + std::to_string(pid) + "/status");
  const std::size_t at = status.find("VmHWM:");
  return at == std::string::npos ? 0 : std::strtod(status.c_str() + at + 6, nullptr) / 1024;
}

Figure run_millrace(const std::string& brokers, NullFunction& function, const Case& load, int number) {
  e2e::Pipeline pipeline;
  pipeline.name = "bench-" + std::to_string(number);
  pipeline.bootstrap = brokers;
  pipeline.topic = load.topic();
  pipeline.endpoint = function.endpoint();
  pipeline.batch = "size: " + std::to_string(load.batch) + ", window: 500ms";
  pipeline.delivery = "max_in_flight: 5";
  e2e::Host host(pipeline);
  host.start();
  const pid_t pid = host.pid();
  std::chrono::steady_clock::time_point begin;
  double cpu_at_begin = 0;
  function.restart([&] {
    begin = std::chrono::steady_clock::now();
    cpu_at_begin = cpu_seconds_of(pid);
  });
  // The rest of each partition waits for its batch window, which is no question of speed.
  const std::size_t measured = load.records / 100 * 95;
  if (!function.wait_for_records(measured, std::chrono::seconds(120)))
    throw std::runtime_error("only " + std::to_string(function.progress().records) + " records arrived:\n" +
                             host.tail());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double cpu = cpu_seconds_of(pid) - cpu_at_begin;
  const auto records = static_cast<double>(measured);
  const Figure figure{records / seconds, cpu / records * 1e6, peak_memory_mb_of(pid)};
  if (host.stop() != 0) throw std::runtime_error("millrace did not stop in good order:\n" + host.tail());
  return figure;
}

Figure run_command(std::string command, const std::map<std::string, std::string>& words) {
  for (const auto& [name, value] : words)
    for (std::size_t at; (at = command.find(name)) != std::string::npos;) command.replace(at, name.size(), value);
  const std::string output = e2e::run({"/bin/sh", "-c", command});
  std::smatch found;
  Figure figure;
  if (!std::regex_search(output, found, std::regex(R"(([0-9.]+) rec/s, (?:CPU )?([0-9.]+) us)")))
    throw std::runtime_error("no figures in: " + output);
  figure.rate = std::stod(found[1]);
  figure.cpu_us = std::stod(found[2]);
  if (std::regex_search(output, found, std::regex(R"(RSS ([0-9.]+) MB)"))) figure.memory_mb = std::stod(found[1]);
  return figure;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Figure median(const std::vector<Figure>& figures) {
  std::vector<double> rates, cpus, memories;
  for (const Figure& figure : figures) {
    rates.push_back(figure.rate);
    cpus.push_back(figure.cpu_us);
    memories.push_back(figure.memory_mb);
  }
  return {median(rates), median(cpus), median(memories)};
}

struct Options {
  std::size_t records = 2'000'000;  // of 100 B; of 1 KiB a quarter
  int rounds = 3;
  std::string version = "4.1.0";
  std::vector<std::pair<std::string, std::string>> beside;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) throw std::runtime_error(name + " needs a value");
    const std::string value = argv[i + 1];
    if (name == "--records")
      options.records = std::stoull(value);
    else if (name == "--rounds")
      options.rounds = std::max(1, std::stoi(value));
    else if (name == "--version")
      options.version = value;
    else if (name == "--beside" && value.find('=') != std::string::npos)
      options.beside.emplace_back(value.substr(0, value.find('=')), value.substr(value.find('=') + 1));
    else
      throw std::runtime_error("unknown option " + name + " " + value);
  }
  return options;
}

int measure(const Options& options) {
  e2e::Cluster kafka({.version = options.version, .heap = "1g", .full_speed = true});
  NullFunction function;
  const std::vector<Case> cases = {{100, 1000, options.records},
                                   {100, 100, options.records},
                                   {1024, 1000, options.records / 4},
                                   {1024, 100, options.records / 4}};
  for (const Case& load : cases) {
    if (load.batch != 1000) continue;
    kafka.admin().create_topic(load.topic(), kPartitions);
    preload(kafka.bootstrap(), load);
    std::fprintf(stderr, "preloaded %zu records of %zu B\n", load.records, load.size);
  }
  std::printf(
      "Apache Kafka %s, %d partitions, medians of %d interleaved runs; rec/s, us CPU/rec, peak MB; share of the "
      "ceiling\n",
      options.version.c_str(), kPartitions, options.rounds);
  int number = 0;
  for (const Case& load : cases) {
    std::map<std::string, std::vector<Figure>> figures;
    const std::map<std::string, std::string> words = {
        {"{brokers}", kafka.bootstrap()},
        {"{topic}", load.topic()},
        {"{partitions}", std::to_string(kPartitions)},
        {"{records}", std::to_string(load.records)},
        {"{batch}", std::to_string(load.batch)},
        {"{url}", function.endpoint() + "/2015-03-31/functions/f/invocations"}};
    for (int round = 0; round < options.rounds; ++round) {
      figures["ceiling"].push_back(
          run_command(MILLRACE_BENCH_CEILING " {brokers} {topic} {partitions} {records}", words));
      figures["millrace"].push_back(run_millrace(kafka.bootstrap(), function, load, ++number));
      for (const auto& [name, command] : options.beside) figures[name].push_back(run_command(command, words));
    }
    std::printf("%zu B, batch %d\n", load.size, load.batch);
    const Figure top = median(figures.at("ceiling"));
    for (const auto& [name, runs] : figures) {
      const Figure figure = median(runs);
      std::printf("  %-12s %9.0f rec/s  %6.3f us  %4.0f MB  %4.2f\n", name.c_str(), figure.rate, figure.cpu_us,
                  figure.memory_mb, figure.rate / top.rate);
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  try {
    return millrace::bench::measure(millrace::bench::read_options(argc, argv));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_pipeline: %s\n", failure.what());
    return 1;
  }
}
