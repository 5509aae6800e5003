// simulation: drives the delivery core through seeded worlds of faults and judges every record's fate.
//
//   simulation                     2,000 seeds (--seeds N, --from N); prints how often each kind of event, action,
//   answer and
//                                  fault happened, and fails where one of them stayed under the floor (--floor N)
//   simulation --seed N            one seed, with a trace of every event and action
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "tests/simulation/world.h"

using namespace millrace::simulation;

int main(int argc, char** argv) {
  std::uint64_t from = 1, seeds = 2'000, floor = 1'000;
  bool trace = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seed") == 0) {
      from = value;
      seeds = 1;
      floor = 0;
      trace = true;
    } else if (std::strcmp(argv[i], "--seeds") == 0) {
      seeds = value;
    } else if (std::strcmp(argv[i], "--from") == 0) {
      from = value;
    } else if (std::strcmp(argv[i], "--floor") == 0) {
      floor = value;
    } else {
      std::fprintf(stderr, "simulation: unknown option %s\n", argv[i]);
      return 2;
    }
  }
  Coverage coverage;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
    try {
      World(seed, coverage, trace).run();
    } catch (const std::exception& violation) {
      std::printf("seed %llu: %s\n  replay it: simulation --seed %llu\n", static_cast<unsigned long long>(seed),
                  violation.what(), static_cast<unsigned long long>(seed));
      return 1;
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const bool enough = coverage.print(floor);
  std::printf("%llu seeds, %llu events in %.1f s: %.0f seeds/s; no violation\n",
              static_cast<unsigned long long>(coverage.seeds), static_cast<unsigned long long>(coverage.all_events()),
              seconds, static_cast<double>(coverage.seeds) / seconds);
  if (!enough) std::printf("a kind happened fewer than %llu times\n", static_cast<unsigned long long>(floor));
  return enough ? 0 : 1;
}
