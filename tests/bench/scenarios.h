// Scenarios: measurements that are no drain, each held to its bar.
//
//   memory/function-hangs         no answer for a minute: resident memory stays flat
//   memory/one-partition-fails    one partition of 12 is refused for a minute: the others keep their rate
//   memory/1MB-records            a topic of records of 1 MB is drained
//   latency                       one record at a time, window 0, beside kcat
//   scale/200-pipelines           start, threads, memory, and what one more costs
//   scale/2000-partitions         the same for the partitions of one pipeline
//
// Used by main.cc. One thread.
#pragma once

#include <string>

#include "tests/bench/figures.h"
#include "tests/bench/topics.h"

namespace millrace::bench {

Measured run_scenario(const std::string& name, e2e::Cluster& kafka, Topics& topics, double scale);

// In scenario_memory.cc, scenario_latency.cc and scenario_scale.cc.
Measured function_hangs(e2e::Cluster& kafka, Topics& topics, double scale);
Measured one_partition_fails(e2e::Cluster& kafka, Topics& topics, double scale);
Measured large_records(e2e::Cluster& kafka, Topics& topics, double scale);
Measured latency(e2e::Cluster& kafka, double scale);
Measured many_pipelines(e2e::Cluster& kafka, double scale);
Measured many_partitions(e2e::Cluster& kafka, double scale);

}  // namespace millrace::bench
