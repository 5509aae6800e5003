// Many pipelines in one host, many partitions in one pipeline: what they need, and what one more costs; see
// scenarios.h.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "tests/bench/millrace.h"
#include "tests/bench/null_function.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/usage.h"

namespace millrace::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// While it lives, programs start with the soft limit of descriptors that most systems give.
class UsualDescriptorLimit {
 public:
  UsualDescriptorLimit() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit usual{std::min<rlim_t>(1024, before_.rlim_max), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &usual);
  }
  ~UsualDescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  UsualDescriptorLimit(const UsualDescriptorLimit&) = delete;
  UsualDescriptorLimit& operator=(const UsualDescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

struct Standing {
  double start_s = 0;   // until everything is assigned
  Usage usage = {};     // two seconds after that
  double idle_cpu = 0;  // share of a core while nothing comes
};

Standing stand(const std::vector<PipelineText>& pipelines, std::size_t partitions) {
  const auto begin = std::chrono::steady_clock::now();
  Millrace millrace(pipelines);
  while (millrace.assigned() < partitions) {
    if (!millrace.is_running()) throw std::runtime_error("millrace ended:\n" + millrace.tail());
    if (std::chrono::steady_clock::now() - begin > seconds(180))
      throw std::runtime_error(std::to_string(millrace.assigned()) + " of " + std::to_string(partitions) +
                               " partitions were assigned in 180 s:\n" + millrace.tail());
    std::this_thread::sleep_for(milliseconds(50));
  }
  Standing standing;
  standing.start_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::this_thread::sleep_for(seconds(2));
  standing.usage = usage_of(millrace.pid());
  std::this_thread::sleep_for(seconds(4));
  standing.idle_cpu = (usage_of(millrace.pid()).cpu_seconds - standing.usage.cpu_seconds) / 4;
  millrace.stop(seconds(120));
  return standing;
}

void add(Measured& measured, const std::string& what, const Standing& standing) {
  measured.values.emplace_back(what + ": start to all assigned, s", standing.start_s);
  measured.values.emplace_back(what + ": threads", standing.usage.threads);
  measured.values.emplace_back(what + ": file descriptors", standing.usage.descriptors);
  measured.values.emplace_back(what + ": resident, MB", standing.usage.memory_mb);
  measured.values.emplace_back(what + ": idle, % of a core", standing.idle_cpu * 100);
}

void add_one_more(Measured& measured, const Standing& few, const Standing& many, double difference) {
  measured.values.emplace_back("one more: threads", (many.usage.threads - few.usage.threads) / difference);
  measured.values.emplace_back("one more: file descriptors",
                               (many.usage.descriptors - few.usage.descriptors) / difference);
  measured.values.emplace_back("one more: resident, KB",
                               (many.usage.memory_mb - few.usage.memory_mb) * 1024 / difference);
}

}  // namespace

Measured many_pipelines(e2e::Cluster& kafka, double scale) {
  constexpr int kTopicPartitions = 4;
  const auto many = std::max<std::size_t>(8, static_cast<std::size_t>(200 * scale)), few = many / 4;
  const UsualDescriptorLimit limit;
  const std::string topic = "scale-pipelines";
  kafka.admin().create_topic(topic, kTopicPartitions);
  NullFunction function;
  std::vector<PipelineText> pipelines;
  for (std::size_t i = 0; i < many; ++i)
    pipelines.push_back({.name = "scale-" + std::to_string(i),
                         .brokers = kafka.bootstrap(),
                         .topic = topic,
                         .endpoint = function.endpoint()});
  const Standing first = stand({pipelines.begin(), pipelines.begin() + static_cast<long>(few)}, few * kTopicPartitions);
  const Standing all = stand(pipelines, many * kTopicPartitions);
  kafka.admin().delete_topic(topic);
  Measured measured{.cell = "scale/200-pipelines"};
  add(measured, std::to_string(few) + " pipelines", first);
  add(measured, std::to_string(many) + " pipelines", all);
  add_one_more(measured, first, all, static_cast<double>(many - few));
  measured.bars = {{"all partitions are assigned within 60 s", all.start_s <= 60}};
  return measured;
}

Measured many_partitions(e2e::Cluster& kafka, double scale) {
  const int many = std::max(40, static_cast<int>(2000 * scale)), few = kPartitions;
  NullFunction function;
  Measured measured{.cell = "scale/2000-partitions"};
  std::vector<Standing> standings;
  for (const int partitions : {few, many}) {
    const std::string topic = "scale-partitions-" + std::to_string(partitions);
    kafka.admin().create_topic(topic, partitions);
    standings.push_back(
        stand({{.name = topic, .brokers = kafka.bootstrap(), .topic = topic, .endpoint = function.endpoint()}},
              static_cast<std::size_t>(partitions)));
    kafka.admin().delete_topic(topic);
    add(measured, std::to_string(partitions) + " partitions", standings.back());
  }
  add_one_more(measured, standings[0], standings[1], many - few);
  measured.bars = {{"all partitions are assigned within 60 s", standings[1].start_s <= 60},
                   {"resident memory at most 256 MiB", standings[1].usage.memory_mb <= 256}};
  return measured;
}

}  // namespace millrace::bench
