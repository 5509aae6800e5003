// Finds a scenario by its name; see scenarios.h.
#include "tests/bench/scenarios.h"

#include <stdexcept>

namespace millrace::bench {

Measured run_scenario(const std::string& name, e2e::Cluster& kafka, Topics& topics, double scale) {
  if (name == "memory/function-hangs") return function_hangs(kafka, topics, scale);
  if (name == "memory/one-partition-fails") return one_partition_fails(kafka, topics, scale);
  if (name == "memory/1MB-records") return large_records(kafka, topics, scale);
  if (name == "latency") return latency(kafka, scale);
  if (name == "scale/200-pipelines") return many_pipelines(kafka, scale);
  if (name == "scale/2000-partitions") return many_partitions(kafka, scale);
  throw std::runtime_error("there is no scenario " + name);
}

}  // namespace millrace::bench
