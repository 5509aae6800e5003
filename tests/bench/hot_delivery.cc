// The parts of the delivery core alone: the tracker of a stream, and cutting batches off its queues.
//
// What they cost together with everything around them is core_benchmark's. By hand: tests/bench/hot delivery
#include <benchmark/benchmark.h>

#include <array>

#include "runtime/pipeline/batcher.h"
#include "runtime/pipeline/tracker.h"

namespace millrace::pipeline {
namespace {

constexpr std::uint32_t kStreams = 12;
constexpr Position kPoll = 500;

// Ranges of `records` are admitted and finished, in order: the common case.
void tracker_in_order(benchmark::State& state) {
  Tracker tracker;
  const Position records = state.range(0);
  Position at = 0;
  for (auto _ : state) {
    tracker.admit(at, at + records);
    tracker.finish(at, at + records);
    benchmark::DoNotOptimize(tracker.watermark());
    at += records;
  }
  state.SetItemsProcessed(state.iterations() * records);
}
BENCHMARK(tracker_in_order)->Arg(1)->Arg(100)->Arg(1000);

// Eight ranges are admitted, and finished from the last to the first: the watermark waits behind islands.
void tracker_backwards(benchmark::State& state) {
  constexpr int kRanges = 8;
  Tracker tracker;
  const Position records = state.range(0);
  Position at = 0;
  for (auto _ : state) {
    tracker.admit(at, at + kRanges * records);
    for (int i = kRanges; i-- > 0;) tracker.finish(at + i * records, at + (i + 1) * records);
    benchmark::DoNotOptimize(tracker.watermark());
    at += kRanges * records;
  }
  state.SetItemsProcessed(state.iterations() * kRanges * records);
}
BENCHMARK(tracker_backwards)->Arg(100)->Arg(1000);

// Poll batches of 500 records come for 12 streams in turn; whatever is due is cut in batches of `size`, and done.
void cut(benchmark::State& state) {
  const auto size = static_cast<std::uint32_t>(state.range(0));
  StreamTable streams;
  Batcher batcher(streams, size, 6u << 20, 500 * kMillisecond);
  for (StreamId id = 1; id <= kStreams; ++id) streams.add(id, 0);
  Time now = kSecond;
  BatchId batch = 0;
  std::array<Position, kStreams + 1> next{};
  std::uint64_t taken = 0;
  RequestId request = 0;
  for (auto _ : state) {
    const StreamId id = 1 + batch % kStreams;
    Stream& stream = *streams.find(id);
    Piece piece;
    piece.slice = {++batch, id, 0, kPoll, kPoll, kPoll * 100};
    piece.slot = stream.slot;
    piece.arrived = now += 1000;
    piece.first_position = next[id];
    piece.next_position = next[id] += kPoll;
    stream.queue.push_back(piece);
    stream.queued_records += kPoll;
    stream.queued_bytes += kPoll * 100;
    batcher.refresh(stream);
    for (std::uint32_t topic = 0; batcher.due(now, false, topic);) {
      std::uint32_t most = size;
      const std::vector<Piece> pieces = batcher.cut(topic, ++request, most);
      std::uint32_t left = most;
      for (const Piece& part : pieces) {  // what the encoder does not take goes back to the head of its stream
        Stream& of = streams.at(part.slot);
        const std::uint32_t count = std::min(left, part.slice.kept);
        left -= count;
        taken += count;
        of.holder = 0;
        if (count < part.slice.kept) {
          Piece rest = part;
          rest.slice.first += count;
          rest.slice.count = rest.slice.kept -= count;
          rest.slice.bytes = rest.slice.kept * 100u;
          rest.first_position += count;
          of.queue.push_front(rest);
          of.queued_records += rest.slice.kept;
          of.queued_bytes += rest.slice.bytes;
        }
        batcher.refresh(of);
      }
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(taken));
}
BENCHMARK(cut)->Name("batch_cutting")->Arg(100)->Arg(1000);

}  // namespace
}  // namespace millrace::pipeline

BENCHMARK_MAIN();
