// The speed of the built program on real Apache Kafka: picks cells, runs their clients in turn, reports.
//
// Rounds are interleaved: each client of a cell runs once, then all of them again, so that a machine whose speed swings
// hits all alike. tests/bench/run builds this program and passes its options on; its --help says them.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>

#include "tests/bench/clients.h"
#include "tests/bench/options.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/topics.h"

namespace millrace::bench {
namespace {

const Row* find(const std::vector<Row>& rows, const std::string& name) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
  return row == rows.end() || !row->note.empty() ? nullptr : &*row;
}

void add_bars(const Drain& drain, Measured& measured) {
  constexpr double kBarToRival = 1.6, kPeakMb = 256, kShareOfPossible = 0.95;
  if (drain.headline)
    if (const Row* rival = find(measured.rows, "rival"), *lambda = find(measured.rows, "lambda"); rival && lambda)
      measured.bars.push_back({"lambda at least 1.6 x the rival",
                               lambda->figures.records_per_s >= kBarToRival * rival->figures.records_per_s});
  double peak = 0;
  for (const Row& row : measured.rows) {
    if (row.name.starts_with("lambda") || row.name.starts_with("grpc")) peak = std::max(peak, row.figures.peak_mb);
    if (drain.delay.count() == 0 || !row.note.empty()) continue;
    const double possible = 1000.0 * drain.batch * drain.in_flight / static_cast<double>(drain.delay.count());
    measured.bars.push_back({row.name + " at least 95 % of batch x in flight / latency",
                             row.figures.records_per_s >= kShareOfPossible * possible});
    measured.values.emplace_back(row.name + ": share of batch x in flight / latency",
                                 row.figures.records_per_s / possible);
  }
  if (peak > 0) measured.bars.push_back({"Millrace's peak memory at most 256 MiB", peak <= kPeakMb});
}

// Rounds that do not count. A broker that has just started compiles itself on the cores that are measured, for as long
// as four rounds of millions of records; after that each client's own way to fetch is new to it in a new cell. Who
// leaves the cores no time is hit harder than who waits, so that the ratios would be wrong, not only the rates.
int warm_up_rounds(bool first, const Options& options) {
  return first && options.scale == 1 ? 4 : 1;
}

Measured measure(const Drain& drain, Clients& clients, Topics& topics, const Options& options, int warm_up) {
  std::vector<Client> wanted;
  for (const Client& client : drain.clients)
    if (fits(options.clients, client.name)) wanted.push_back(client);
  if (drain.delay.count() == 0) wanted.insert(wanted.end(), options.beside.begin(), options.beside.end());
  std::map<std::string, std::vector<Figures>> runs;
  topics.need(drain.load);
  for (int round = 0; round < warm_up + options.rounds; ++round)
    for (const Client& client : wanted) {
      if (!clients.why_not(client).empty()) continue;
      const Figures figures = clients.run(client, drain);
      if (round >= warm_up) runs[client.name].push_back(figures);
    }
  Measured measured{.cell = drain.name()};
  for (const Client& client : wanted)
    measured.rows.push_back(
        {.name = client.name, .figures = median(runs[client.name]), .note = clients.why_not(client)});
  for (Row& row : measured.rows) {
    if (const Row* ceiling = find(measured.rows, "ceiling"))
      row.to_ceiling = row.figures.records_per_s / ceiling->figures.records_per_s;
    if (const Row* rival = find(measured.rows, "rival"))
      row.to_rival = row.figures.records_per_s / rival->figures.records_per_s;
  }
  add_bars(drain, measured);
  return measured;
}

int measure_all(const Options& options) {
  std::vector<Drain> chosen = drains(options.set, options.scale);
  std::erase_if(chosen, [&](const Drain& drain) { return !fits(options.cells, drain.name()); });
  std::vector<std::string> stories = scenarios(options.set);
  std::erase_if(stories, [&](const std::string& name) { return !fits(options.cells, name); });
  if (options.list || chosen.size() + stories.size() == 0) {
    for (const Drain& drain : chosen) std::printf("%s\n", drain.name().c_str());
    for (const std::string& name : stories) std::printf("%s\n", name.c_str());
    if (!options.list) std::fprintf(stderr, "no cell of the %s set fits; --list names them\n", options.set.c_str());
    return options.list ? 0 : 2;
  }
  e2e::Cluster kafka({.version = options.version,
                      .listeners = {{.name = "TLS", .security = e2e::Security::kSsl}},
                      .heap = "1g",
                      .full_speed = true});
  std::fprintf(stderr, "%s; Apache Kafka %s\n", machine().c_str(), options.version.c_str());
  Clients clients(kafka, options.rival);
  Topics topics(kafka);
  std::vector<Measured> all;
  const auto keep = [&](Measured measured) {
    std::fputs(as_table(measured).c_str(), options.json ? stderr : stdout);
    std::fflush(stdout);
    all.push_back(std::move(measured));
  };
  for (const Drain& drain : chosen)
    keep(measure(drain, clients, topics, options, warm_up_rounds(all.empty(), options)));
  for (const std::string& name : stories) keep(run_scenario(name, kafka, topics, options.scale));
  if (options.json) std::fputs(as_json(all, options).c_str(), stdout);
  bool reached = true;
  for (const Measured& measured : all)
    for (const Bar& bar : measured.bars) reached = reached && bar.reached;
  return reached || !options.strict ? 0 : 1;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  using namespace millrace::bench;
  Options options;
  try {
    options = read_options(argc, argv);
  } catch (const std::exception& mistake) {
    std::fprintf(stderr, "bench: %s\n", mistake.what());
    return 2;
  }
  try {
    return measure_all(options);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench: %s\n", failure.what());
    return 1;
  }
}
