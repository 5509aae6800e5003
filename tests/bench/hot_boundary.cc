// What it costs that a component is a plugin: a filter is called through the host's instance, the C table and the SDK's
// wrapper in a shared object that was loaded as any other, beside the same work compiled in.
//
// `pass` is the bare crossing, once per batch; `value` looks at each record. By hand: tests/bench/hot boundary
#include <benchmark/benchmark.h>

#include <millrace/testing.hpp>

#include "runtime/plugin/fake_plugin.h"
#include "runtime/plugin/loader.h"

namespace millrace::bench {
namespace {

const plugin::Catalogue& catalogue() {
  static observe::Logger log = observe::make_logger({});
  static plugin::Loader loader(log);
  static const plugin::Scan scan = loader.scan({.directories = {MILLRACE_BENCH_PLUGINS}});
  return scan.catalogue;
}

testing::BatchBuilder batch_of(std::int64_t records) {
  testing::BatchBuilder batch;
  for (std::int64_t i = 0; i < records; ++i) batch.value("value");
  return batch;
}

void per_record(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void crossing(benchmark::State& state, const char* type) {
  plugin::FakePipeline pipeline;
  const plugin::Component* component = catalogue().find(plugin::Kind::kFilter, type);
  if (component == nullptr) return state.SkipWithError("the plugin was not loaded");
  const auto filter = plugin::FilterInstance::create(pipeline.host, *component, "{}", {.component = "filters[0]"});
  if (!filter.ok()) return state.SkipWithError(filter.status().to_string().c_str());
  testing::BatchBuilder batch = batch_of(state.range(0));
  const mr_batch* view = batch.build();
  std::vector<std::uint64_t> keep = testing::keep_all(batch.size());
  for (auto _ : state) benchmark::DoNotOptimize((*filter)->apply(*view, keep.data()).ok());
  per_record(state);
}
BENCHMARK_CAPTURE(crossing, pass, "bench_pass")->Arg(1)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(crossing, value, "bench_value")->Arg(1)->Arg(100)->Arg(1000);

// The same question to the same records, without table, wrapper or library.
void compiled_in(benchmark::State& state) {
  testing::BatchBuilder batch = batch_of(state.range(0));
  const Batch view = batch.batch();
  std::vector<std::uint64_t> keep = testing::keep_all(batch.size());
  for (auto _ : state) {
    Selection(keep.data(), view.size()).keep_if([&](std::uint32_t i) { return !Batch::is_null(view[i].value); });
    benchmark::DoNotOptimize(keep.data());
    benchmark::ClobberMemory();
  }
  per_record(state);
}
BENCHMARK(compiled_in)->Name("compiled_in/value")->Arg(1)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace millrace::bench

BENCHMARK_MAIN();
