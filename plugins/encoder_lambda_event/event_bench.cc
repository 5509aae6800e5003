// How fast events are written, per base64 kernel and size of value: bytes_per_second is of the body.
//
//   build/release/.../encoder_lambda_event_bench
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "event_writer.h"
#include "test_batch.h"

namespace millrace::lambda_event {
namespace {

struct Buffer {
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(8u << 20);
  std::uint64_t used = 0;
  mr_writer writer() {
    mr_writer w{};
    w.struct_size = sizeof w;
    w.ctx = this;
    w.reserve = [](void* ctx, std::uint64_t size) -> std::uint8_t* {
      auto& self = *static_cast<Buffer*>(ctx);
      return self.used + size <= self.bytes.size() ? self.bytes.data() + self.used : nullptr;
    };
    w.advance = [](void* ctx, std::uint64_t size) { static_cast<Buffer*>(ctx)->used += size; };
    return w;
  }
};

// 100 records with a key of 16 bytes and, if asked for, two headers of 35 and 16 bytes.
void events(benchmark::State& state, Base64Encode kernel, bool headers) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"orders", 3}};
  for (int i = 0; i < 100; ++i) {
    TestRecord record{.position = 1000000 + i, .timestamp_ms = 1700000000000 + i, .key = std::string(16, 'k')};
    record.value = std::string(static_cast<std::size_t>(state.range(0)), static_cast<char>('a' + i % 26));
    if (headers) record.headers = {{"traceparent", std::string(35, 't')}, {"x-tenant", std::string(16, '7')}};
    batch.records.push_back(std::move(record));
  }
  const mr_batch& view = batch.view();
  const auto keep = batch.all_kept();
  const EventWriter writer(kernel);
  Buffer buffer;
  mr_writer table = buffer.writer();
  std::uint64_t total = 0;
  for (auto _ : state) {
    buffer.used = 0;
    std::uint32_t cursor = 0;
    Writer out(&table);
    const bool fits = writer.write(Batch(&view), keep.data(), {}, cursor, out);
    benchmark::DoNotOptimize(fits);
    benchmark::ClobberMemory();
    total += buffer.used;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(total));
  state.SetItemsProcessed(state.iterations() * 100);
}

}  // namespace
}  // namespace millrace::lambda_event

int main(int argc, char** argv) {
  using namespace millrace::lambda_event;
  for (const Base64Kernel& kernel : base64_kernels()) {
    if (!kernel.runs_here) continue;
    for (const bool headers : {false, true}) {
      const std::string name = std::string(kernel.name) + (headers ? "/two_headers" : "/no_headers");
      benchmark::RegisterBenchmark(name.c_str(), events, kernel.encode, headers)->Arg(100)->Arg(1024)->Arg(10240);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
