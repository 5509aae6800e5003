// Memory when things stand still, fail, or are large; see scenarios.h.
#include <algorithm>
#include <chrono>
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

constexpr double kPeakMb = 256;
constexpr double kFlatMb = 16;  // what resident memory may grow by while nothing moves

milliseconds scaled(seconds time, double scale) {
  return std::max(milliseconds(500), milliseconds(static_cast<long>(static_cast<double>(time.count()) * 1000 * scale)));
}

Bar peak_bar(double peak) {
  return {"peak memory at most 256 MiB", peak <= kPeakMb};
}

void wait_for_records(NullFunction& function, Millrace& millrace, std::uint64_t records, seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!function.wait_for_records(records, milliseconds(200))) {
    if (!millrace.is_running()) throw std::runtime_error("millrace ended:\n" + millrace.tail());
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("only " + std::to_string(function.progress().records) + " of " +
                               std::to_string(records) + " records arrived:\n" + millrace.tail());
  }
}

}  // namespace

Measured function_hangs(e2e::Cluster& kafka, Topics& topics, double scale) {
  const Load load{.bytes = 1024, .records = std::max<std::size_t>(2400, static_cast<std::size_t>(1e6 * scale))};
  topics.need(load);
  NullFunction function;
  function.behave({.hold = true});
  Millrace millrace({{.name = "hang-" + std::to_string(load.records),
                      .brokers = kafka.bootstrap(),
                      .topic = load.topic(),
                      .endpoint = function.endpoint()}});
  wait_for_records(function, millrace, 1, seconds(30));
  std::this_thread::sleep_for(scaled(seconds(10), scale));
  const double early = usage_of(millrace.pid()).memory_mb;
  std::this_thread::sleep_for(scaled(seconds(50), scale));
  const Usage late = usage_of(millrace.pid());
  function.behave({});
  wait_for_records(function, millrace, load.records, seconds(120));
  const double peak = usage_of(millrace.pid()).peak_mb;
  millrace.stop();
  Measured measured{.cell = "memory/function-hangs"};
  measured.values = {{"resident after 10 s without answers, MB", early},
                     {"resident after 60 s, MB", late.memory_mb},
                     {"peak, with the drain afterwards, MB", peak}};
  measured.bars = {{"flat: grows by at most 16 MiB while it hangs", late.memory_mb - early <= kFlatMb}, peak_bar(peak)};
  return measured;
}

// At full speed the topic would be over before the minute is: a function that takes 50 ms paces it, with 12 in flight.
Measured one_partition_fails(e2e::Cluster& kafka, Topics& topics, double scale) {
  const Load load{.bytes = 100, .records = std::max<std::size_t>(60'000, static_cast<std::size_t>(5e6 * scale))};
  topics.need(load);
  NullFunction function;
  function.behave({.delay = milliseconds(50)});
  Millrace millrace({{.name = "one-fails-" + std::to_string(load.records),
                      .brokers = kafka.bootstrap(),
                      .topic = load.topic(),
                      .endpoint = function.endpoint(),
                      .batch = 200,
                      .in_flight = 12}});
  wait_for_records(function, millrace, 1, seconds(30));
  const auto rate_during = [&function](milliseconds time) {
    const auto begin = std::chrono::steady_clock::now();
    const std::uint64_t before = function.progress().records;
    std::this_thread::sleep_for(time);
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return static_cast<double>(function.progress().records - before) / spent;
  };
  std::this_thread::sleep_for(milliseconds(500));
  const double all = rate_during(scaled(seconds(10), scale));
  function.behave({.delay = milliseconds(50), .refuse = "\"" + load.topic() + "-3\":["});
  std::this_thread::sleep_for(milliseconds(200));
  const double early = usage_of(millrace.pid()).memory_mb;
  const double others = rate_during(scaled(seconds(60), scale));
  const Usage late = usage_of(millrace.pid());
  const std::uint64_t refused = function.progress().refused;
  function.behave({});
  wait_for_records(function, millrace, load.records, seconds(120));
  const double peak = usage_of(millrace.pid()).peak_mb;
  millrace.stop();
  const double share = others / (all * (kPartitions - 1) / kPartitions);
  Measured measured{.cell = "memory/one-partition-fails"};
  measured.values = {{"all 12 partitions, records/s", all},
                     {"the other 11 while one fails, records/s", others},
                     {"their share of their rate before", share},
                     {"requests refused", static_cast<double>(refused)},
                     {"resident when it began, MB", early},
                     {"resident after 60 s, MB", late.memory_mb},
                     {"peak, MB", peak}};
  measured.bars = {{"the others keep 80 % of their rate", share >= 0.8 && refused > 0}, peak_bar(peak)};
  return measured;
}

Measured large_records(e2e::Cluster& kafka, Topics& topics, double scale) {
  const Load load{.bytes = 1'000'000, .records = std::max<std::size_t>(24, static_cast<std::size_t>(1500 * scale))};
  topics.need(load);
  NullFunction function;
  const auto begin = std::chrono::steady_clock::now();
  Millrace millrace({{.name = "large-" + std::to_string(load.records),
                      .brokers = kafka.bootstrap(),
                      .topic = load.topic(),
                      .endpoint = function.endpoint(),
                      .batch = 100}});
  wait_for_records(function, millrace, load.records, seconds(120));
  const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double peak = usage_of(millrace.pid()).peak_mb;
  millrace.stop();
  Measured measured{.cell = "memory/1MB-records"};
  measured.values = {{"records of 1 MB", static_cast<double>(load.records)},
                     {"MB/s, start included", static_cast<double>(load.records) / spent},
                     {"peak, MB", peak}};
  measured.bars = {peak_bar(peak)};
  return measured;
}

}  // namespace millrace::bench
