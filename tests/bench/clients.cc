// Starts clients and holds the stub's stop-watch; the contract stands in clients.h.
#include "tests/bench/clients.h"

#include <filesystem>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "tests/bench/millrace.h"
#include "tests/bench/usage.h"

namespace millrace::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string replaced(std::string text, const std::map<std::string, std::string>& words) {
  for (const auto& [name, value] : words)
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
      text.replace(at, name.size(), value);
  return text;
}

// From the first request that the stub has read to the last record that is measured.
Figures watch(Stub& stub, pid_t pid, const Drain& drain, const std::function<void()>& check) {
  Instant first;
  double cpu_at_first = 0;
  stub.restart([&first, &cpu_at_first, pid] {
    first = std::chrono::steady_clock::now();
    cpu_at_first = usage_of(pid).cpu_seconds;
  });
  const std::size_t wanted = measured_records(drain);
  const Instant limit = std::chrono::steady_clock::now() + seconds(240);
  while (!stub.wait_for_records(wanted, milliseconds(200))) {
    check();
    if (std::chrono::steady_clock::now() > limit)
      throw std::runtime_error(drain.name() + ": only " + std::to_string(stub.progress().records) +
                               " records arrived in 240 s");
  }
  const double spent = std::chrono::duration<double>(stub.progress().last - first).count();
  const Usage usage = usage_of(pid);
  const auto records = static_cast<double>(stub.progress().records);
  const double rate = records / spent;
  return {rate, rate * static_cast<double>(drain.load.bytes) / 1e6, (usage.cpu_seconds - cpu_at_first) / records * 1e6,
          usage.peak_mb};
}

}  // namespace

std::size_t measured_records(const Drain& drain) {
  std::size_t records = drain.load.records / 100 * 95;
  if (drain.delay.count() > 0)  // four seconds of it are enough
    records = std::min(records, static_cast<std::size_t>(drain.batch * drain.in_flight * 4000 / drain.delay.count()));
  return records;
}

std::string Clients::why_not(const Client& client) const {
  if (client.kind == Client::Kind::kRival && rival_.empty())
    return "it was not built: scripts/setup --find-go says which Go it needs";
  return {};
}

Stub& Clients::stub_for(const Client& client) {
  if (client.sink == "lambda") return function_;
  return grpc_function_;
}

Figures Clients::run(const Client& client, const Drain& drain) {
  ++runs_;
  function_.behave({.delay = drain.delay});
  grpc_function_.answer_after(drain.delay);
  switch (client.kind) {
    case Client::Kind::kCeiling:
      return run_ceiling(drain);
    case Client::Kind::kMillrace:
      return run_millrace(client, drain);
    default:
      return run_program(client, drain);
  }
}

Figures Clients::run_ceiling(const Drain& drain) {
  std::vector<std::string> command = {MILLRACE_BENCH_CEILING, brokers(drain), drain.load.topic(),
                                      std::to_string(kPartitions), std::to_string(drain.load.records)};
  if (drain.tls)
    command.insert(command.end(), {"security.protocol=ssl", "ssl.ca.location=" + kafka_.authority().root_path()});
  std::istringstream output(e2e::run(command));
  Figures figures;
  if (!(output >> figures.records_per_s >> figures.cpu_us >> figures.peak_mb))
    throw std::runtime_error("the ceiling printed no figures");
  figures.mb_per_s = figures.records_per_s * static_cast<double>(drain.load.bytes) / 1e6;
  return figures;
}

Figures Clients::run_millrace(const Client& client, const Drain& drain) {
  Stub& stub = stub_for(client);
  stub.restart();
  PipelineText pipeline;
  pipeline.name = "bench-" + std::to_string(runs_);
  pipeline.brokers = brokers(drain);
  pipeline.topic = drain.load.topic();
  if (drain.tls) pipeline.authority = kafka_.authority().root_path();
  pipeline.sink = client.sink;
  pipeline.endpoint = stub.endpoint();
  pipeline.sign = client.sign;
  pipeline.filter = client.filter;
  pipeline.batch = drain.batch;
  pipeline.in_flight = drain.in_flight;
  Millrace millrace({pipeline});
  const Figures figures = watch(stub, millrace.pid(), drain, [&] {
    if (!millrace.is_running()) throw std::runtime_error("millrace ended:\n" + millrace.tail());
  });
  millrace.stop();
  return figures;
}

Figures Clients::run_program(const Client& client, const Drain& drain) {
  const std::string url = function_.endpoint() + "/2015-03-31/functions/bench/invocations";
  std::vector<std::string> command;
  if (client.kind == Client::Kind::kRival) {
    command = {rival_,
               "-brokers",
               brokers(drain),
               "-topic",
               drain.load.topic(),
               "-records",
               std::to_string(drain.load.records),
               "-batch",
               std::to_string(drain.batch),
               "-in-flight",
               std::to_string(drain.in_flight),
               "-url",
               url};
    if (drain.tls) command.insert(command.end(), {"-ca", kafka_.authority().root_path()});
  } else {
    std::istringstream words(replaced(client.command, {{"{brokers}", brokers(drain)},
                                                       {"{topic}", drain.load.topic()},
                                                       {"{partitions}", std::to_string(kPartitions)},
                                                       {"{records}", std::to_string(drain.load.records)},
                                                       {"{batch}", std::to_string(drain.batch)},
                                                       {"{url}", url}}));
    for (std::string word; words >> word;) command.push_back(word);
  }
  function_.restart();
  const e2e::TemporaryFolder folder;
  e2e::Process process({command, {}, folder.path() + "/log.txt", folder.path()});
  const Figures figures = watch(function_, process.pid(), drain, [&] {
    if (!process.is_running()) throw std::runtime_error(client.name + " ended early:\n" + process.tail());
  });
  const auto end = process.wait(seconds(60));
  if (!end || end->code != 0) throw std::runtime_error(client.name + " failed:\n" + process.tail());
  return figures;
}

}  // namespace millrace::bench
