#include "sdk/tool/auth_calls.h"
#include "sdk/tool/encoder_calls.h"
#include "sdk/tool/sample_records.h"
#include "sdk/tool/sink_calls.h"
#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {
namespace {

void fuzz_filter(Live& live, Random& random) {
  for (int i = 0; i < 4; ++i) {
    const auto count = static_cast<std::uint32_t>(random() % 140);
    PagedBatch batch(odd_records(random, count), 16 * (random() % 2));
    Selection keep(count);
    for (std::uint32_t r = 0; r < count; ++r)
      if (random() % 4 == 0) keep.clear(r);
    const std::string before = keep.bits(count);
    if (!live.apply(batch.get(), keep.words()).ok()) continue;
    for (std::uint32_t r = 0; r < count; ++r)
      if (before[r] == '0' && keep.has(r)) fail("It set the bit of record " + std::to_string(r) + ".");
  }
}

void fuzz_encoder(Live& live, Random& random) {
  for (int i = 0; i < 4; ++i) {
    const auto count = static_cast<std::uint32_t>(1 + random() % 100);
    const PagedBatch batch(grouped(odd_records(random, count)));
    Selection keep(count);
    for (std::uint32_t r = 0; r < count; ++r)
      if (random() % 3 == 0) keep.clear(r);
    const mr_limits limits{random() % 3 == 0 ? 0 : 200 + random() % 20'000, static_cast<std::uint32_t>(random() % 20),
                           0};
    for (std::uint32_t at = 0; kept_between(keep, at, count) > 0;) {
      const Body body = encode(live, batch, keep, limits, at);
      if (body.too_large()) {
        at = std::max(body.to, at) + 1;
        continue;
      }
      if (!body.answer.ok()) break;
      if (body.to <= at || body.to > count)
        fail("The cursor went from " + std::to_string(at) + " to " + std::to_string(body.to) + ".");
      if (limits.max_bytes > 0 && body.bytes.size() > limits.max_bytes)
        fail("It wrote " + std::to_string(body.bytes.size()) + " bytes with a limit of " +
             std::to_string(limits.max_bytes) + ".");
      at = body.to;
    }
  }
}

void fuzz_sink(Live& live, Random& random) {
  Requests requests(live);
  for (int i = 0; i < 10 && requests.outstanding() < std::max(1u, requests.max_in_flight()); ++i) {
    live.host().refuse_work = static_cast<int>(random() % 3) - 1;
    requests.submit(std::chrono::milliseconds(random() % 200));
  }
  live.host().refuse_work = 0;
  requests.stop();
  requests.each([&](const Request& r) {
    if (r.answers != (r.taken ? 1 : 0))
      throw Finding{Outcome::kFail, "Request " + r.id + ", " + (r.taken ? "taken" : "refused") + ", was answered " +
                                        std::to_string(r.answers) + " times."};
  });
}

void fuzz_source(Live& live, Random& random) {
  Feed feed(live);
  std::vector<Lent> held;
  for (int i = 0; i < 20; ++i) {
    const auto credit = static_cast<std::uint32_t>(random() % 20);
    Lent batch = feed.poll(credit, 1 + random() % 10'000, static_cast<std::uint32_t>(random() % 5));
    if (batch.count() > credit)
      fail("With max_records " + std::to_string(credit) + " it delivered " + std::to_string(batch.count()) + ".");
    if (random() % 2 == 0) held.push_back(std::move(batch));
    std::vector<std::uint64_t> ids = feed.assigned();
    ids.push_back(1u << 30);  // nobody's
    if (random() % 4 == 0) feed.set_paused(ids, random() % 2 == 0);
    if (random() % 4 == 0) feed.commit({{ids[random() % ids.size()], static_cast<std::int64_t>(random() % 50)}});
    if (random() % 4 == 0) feed.interrupt();
  }
}

}  // namespace

// A sink or a source is started with the configuration of the other checks only: a random one could send somewhere.
Check fuzz() {
  return {
      .group = Group::kFuzz,
      .says = "Random configurations that fit the schema, random records and random answers of the host break nothing.",
      .rule = "plugin.h, all of it",
      .remedy = "Run it again with the seed above, and --in-process under a debugger: the same happens again.",
      .run = [](Trial& trial) {
        const std::uint32_t kind = trial.component().table.kind;
        const bool reaches_out = kind == MR_SINK || kind == MR_SOURCE;
        for (int round = 0; round < 20; ++round) {
          const std::string config = any(trial.schema(), trial.random()).value_or(trial.config());
          Live live(trial, config);
          if (const Answer answer = live.create(); !answer.ok()) {
            if (answer.error.message[0] == '\0')
              fail("create() refused " + config.substr(0, 200) + " without a message.");
            continue;
          }
          if (reaches_out || !live.start().ok()) continue;
          trial.step("round " + std::to_string(round) + " with " + config.substr(0, 300));
          if (kind == MR_FILTER) fuzz_filter(live, trial.random());
          if (kind == MR_ENCODER) fuzz_encoder(live, trial.random());
          if (kind == MR_AUTH) provide(live);
        }
        for (int round = 0; reaches_out && round < 5; ++round) {
          Live live(trial);
          live.must_start();
          trial.step("round " + std::to_string(round) + " with random answers of the host");
          if (kind == MR_SINK) fuzz_sink(live, trial.random());
          if (kind == MR_SOURCE) fuzz_source(live, trial.random());
        }
      }};
}

}  // namespace millrace::sdk_tool
