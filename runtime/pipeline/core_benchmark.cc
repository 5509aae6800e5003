// What the core costs per record when everything succeeds: poll batches of 500 over 12 streams, requests of 100.
//
// The shell's part is the least that answers the core: no record is looked at. Run it by hand: core_benchmark.
#include <benchmark/benchmark.h>

#include <utility>

#include "runtime/pipeline/core.h"

namespace millrace::pipeline {
namespace {

class Loop {
 public:
  explicit Loop(std::uint32_t kept_of_poll) : core_(config()), kept_(kept_of_poll) {
    std::vector<NewStream> streams;
    for (StreamId id = 1; id <= kStreams; ++id) streams.push_back({id, 0});
    feed(Assigned{streams});
  }

  // One turn of the shell: tick until the core polls, a batch comes, what was in flight succeeds.
  void turn() {
    now_ += 100'000;
    for (polled_ = false; !polled_;) feed(Tick{});
    const StreamId stream = 1 + batch_ % kStreams;
    const Position from = std::exchange(next_[stream], next_[stream] + kPoll);
    const Run run{stream, 0, kPoll, kept_, kPoll - kept_, kept_ * 100u, from, from + kPoll};
    feed(Polled{++batch_, 64'000, {&run, 1}});
    for (const Submit& submit : std::exchange(in_flight_, {}))
      feed(Answered{submit.request, submit.ticket, Outcome::kDone, 0, {}});
  }
  std::uint64_t finished() const { return core_.counters().delivered + core_.counters().filtered; }

  static constexpr StreamId kStreams = 12;
  static constexpr std::uint32_t kPoll = 500;

 private:
  static CoreConfig config() {
    CoreConfig c;
    c.max_in_flight = 12;
    c.memory = 1ull << 40;
    return c;
  }
  void feed(const Event& event) {
    core_.on(event, now_, actions_);
    for (std::size_t i = 0; i < actions_.size(); ++i) {
      const Action action = std::move(actions_[i]);
      std::visit([this](const auto& a) { act(a); }, action);
    }
    actions_.clear();
  }
  template <class A>
  void act(const A&) {}
  void act(const Poll&) { polled_ = true; }
  void act(const Submit& submit) { in_flight_.push_back(submit); }
  void act(const Commit& commit) {
    core_.on(CommitAnswered{commit.commit, true}, now_, actions_);
    std::vector<StreamReport> reports;
    for (const Mark& mark : commit.marks) reports.push_back({mark.stream, -1, -1, -1, mark.next});
    core_.on(Reported{reports}, now_, actions_);
  }
  void act(const Encode& encode) {
    Cut cut;
    std::uint32_t left = encode.limits.max_records;
    for (; cut.slice < encode.slices.size() && left >= encode.slices[cut.slice].kept; ++cut.slice)
      left -= encode.slices[cut.slice].kept;
    if (cut.slice < encode.slices.size() && left > 0) {
      const Slice& slice = encode.slices[cut.slice];
      const auto turns_ago = static_cast<Position>((batch_ - slice.batch) / kStreams);
      cut.count = cut.kept = left;
      cut.bytes = left * 100u;
      cut.rest_position = next_[slice.stream] - kPoll * (turns_ago + 1) + slice.first + left;
    }
    core_.on(Encoded{encode.request, cut, 30'000}, now_, actions_);
  }

  Core core_;
  std::uint32_t kept_;
  Actions actions_;
  Time now_ = kSecond;
  BatchId batch_ = 0;
  Position next_[kStreams + 1] = {};
  std::vector<Submit> in_flight_;
  bool polled_ = false;
};

void deliver(benchmark::State& state) {
  Loop loop(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) loop.turn();
  state.counters["records/s"] = benchmark::Counter(static_cast<double>(loop.finished()), benchmark::Counter::kIsRate);
  state.counters["s/record"] = benchmark::Counter(static_cast<double>(loop.finished()),
                                                  benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(deliver)->ArgName("kept_of_500")->Arg(500)->Arg(5)->Arg(0);

}  // namespace
}  // namespace millrace::pipeline

BENCHMARK_MAIN();
