// The test kit tested: that the fake host records, that drivers drive, and that what breaks a promise is reported.
#include <millrace/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broken_components.h"

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using namespace millrace::testing;  // NOLINT: the subject
using millrace::Config;
using millrace::Error;

template <class Body>
Error error_of(Body&& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  return Error(MR_UNKNOWN, "nothing was thrown");
}

TEST(FakeHost, RecordsLogLinesWithTheirFields) {
  FakeHost host;
  millrace::Host(host.abi()).log().warn("slow", {millrace::field("broker", "b1:9092")});
  ASSERT_EQ(host.logs().size(), 1u);
  EXPECT_EQ(host.logs()[0].level, MR_WARN);
  EXPECT_THAT(host.logs()[0].fields, ElementsAre(Pair("broker", "b1:9092")));
  EXPECT_TRUE(host.logged("slow"));
}

TEST(FakeHost, RecordsHealthWithTheWholeError) {
  FakeHost host;
  const auto health = millrace::Host(host.abi()).health();
  health.broken(Error(MR_UNAUTHENTICATED, "Refused.", "/auth").id("MR3012").reason("R").detail("D").hint("H"));
  ASSERT_TRUE(host.last_health());
  const Error problem = host.last_health()->problem;
  EXPECT_EQ(host.last_health()->state, MR_BROKEN);
  EXPECT_EQ(problem.code(), MR_UNAUTHENTICATED);
  EXPECT_STREQ(problem.what(), "Refused.");
  EXPECT_EQ(problem.field() + problem.id() + problem.reason() + problem.detail() + problem.hint(), "/authMR3012RDH");
  health.healthy();
  EXPECT_EQ(host.last_health()->state, MR_HEALTHY);
}

TEST(FakeHost, LendsASecretAndWipesIt) {
  FakeHost host;
  host.secrets["${secret:env:X}"] = "hunter2";
  std::string copied;
  millrace::Host(host.abi()).secret("${secret:env:X}", [&](std::string_view secret) { copied = secret; });
  EXPECT_EQ(copied, "hunter2");
  EXPECT_EQ(error_of([&] { millrace::Host(host.abi()).secret("${secret:env:Y}", [](std::string_view) {}); }).code(),
            MR_NOT_FOUND);
}

TEST(FakeHost, LetsWhatACallbackThrewComeOutAfterTheHostReturned) {
  FakeHost host;
  host.secrets["s"] = "x";
  const Error e = error_of([&] {
    millrace::Host(host.abi()).secret("s", [](std::string_view) { throw Error(MR_DATA_LOSS, "not a PEM"); });
  });
  EXPECT_STREQ(e.what(), "not a PEM");
}

TEST(FakeHost, KeepsState) {
  FakeHost host;
  const auto state = millrace::Host(host.abi()).state();
  EXPECT_EQ(state.get("activated"), std::nullopt);
  state.put("activated", "yes");
  EXPECT_EQ(state.get("activated"), "yes");
}

TEST(FakeHost, GivesConnectionPropertiesAndTheirExpiry) {
  FakeHost host;
  host.connection = {{"sasl.username", "u", false}, {"sasl.password", "p", true}};
  host.connection_expires_unix_ms = 42;
  std::string seen;
  const auto expires =
      millrace::Host(host.abi()).connection().properties("b:9092", [&](auto name, auto value, bool secret) {
        seen += std::string(name) + "=" + std::string(value) + (secret ? "! " : " ");
      });
  EXPECT_EQ(seen, "sasl.username=u sasl.password=p! ");
  EXPECT_EQ(expires, 42);
}

TEST(FakeHost, CanLackAService) {
  FakeHost host;
  host.missing_services = {MR_LOG, MR_SECRETS, MR_EXECUTOR};
  const millrace::Host h(host.abi());
  h.log().error("nobody hears this");
  EXPECT_EQ(error_of([&] { h.secret("s", [](std::string_view) {}); }).code(), MR_UNIMPLEMENTED);
  EXPECT_FALSE(h.executor().run([] {}));
}

TEST(FakeHost, CountsAMetricAndRefusesALateDefinition) {
  FakeHost host;
  host.set_creating(true);
  const auto metric = millrace::Host(host.abi()).metrics().counter("retries_total", "Retries.");
  host.set_creating(false);
  metric.record();
  metric.record(2);
  EXPECT_EQ(host.metric("retries_total").sum(), 3);
  millrace::Host(host.abi()).metrics().gauge("late", "").record(1);
  EXPECT_THAT(host.violations(), ElementsAre("the metric late was defined after create()"));
}

TEST(FakeExecutor, RunsWorkOnItsOwnThread) {
  FakeHost host;
  std::thread::id ran_on;
  ASSERT_TRUE(millrace::Host(host.abi()).executor().run([&] { ran_on = std::this_thread::get_id(); }));
  host.executor().drain();
  EXPECT_NE(ran_on, std::thread::id());
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(FakeExecutor, KeepsWorkForTheTestInManualMode) {
  FakeHost host(ExecutorMode::kManual);
  int runs = 0;
  ASSERT_TRUE(millrace::Host(host.abi()).executor().run([&] { ++runs; }));
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(host.executor().run_pending(), 1u);
  EXPECT_EQ(runs, 1);
}

TEST(FakeExecutor, RunsATimerWhenTheClockReachesIt) {
  FakeHost host(ExecutorMode::kManual);
  int runs = 0;
  const auto timer = millrace::Host(host.abi()).executor().after(std::chrono::milliseconds(500), [&] { ++runs; });
  host.advance(std::chrono::milliseconds(499));
  EXPECT_EQ(runs, 0);
  host.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(runs, 1);
}

TEST(FakeExecutor, NeverRunsATimerThatWasDestroyed) {
  FakeHost host(ExecutorMode::kManual);
  int runs = 0;
  {
    const auto timer = millrace::Host(host.abi()).executor().after(std::chrono::seconds(1), [&] { ++runs; });
  }
  host.advance(std::chrono::seconds(2));
  EXPECT_EQ(runs, 0);
}

TEST(FakeExecutor, LetsATimerBeReplacedInsideItsOwnWork) {
  FakeHost host(ExecutorMode::kManual);
  int runs = 0;
  millrace::Timer timer;
  std::function<void()> again = [&] {
    if (++runs < 3) timer = millrace::Host(host.abi()).executor().after(std::chrono::seconds(1), again);
  };
  timer = millrace::Host(host.abi()).executor().after(std::chrono::seconds(1), again);
  for (int i = 0; i < 5; ++i) host.advance(std::chrono::seconds(1));
  EXPECT_EQ(runs, 3);
}

TEST(FakeExecutor, WaitsForATimerThatIsBeingCancelled) {
  FakeHost host;
  std::mutex mutex;
  std::condition_variable changed;
  bool inside = false;
  std::atomic<bool> finished{false};
  auto timer = millrace::Host(host.abi()).executor().after(std::chrono::seconds(1), [&] {
    std::unique_lock lock(mutex);
    inside = true;
    changed.notify_all();
    lock.unlock();
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    finished = true;
  });
  host.advance(std::chrono::seconds(1));
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return inside; }));
  }
  timer.cancel();
  EXPECT_TRUE(finished);
}

TEST(FakeExecutor, LogsWhatWorkThrows) {
  FakeHost host(ExecutorMode::kManual);
  ASSERT_TRUE(millrace::Host(host.abi()).executor().run([] { throw Error(MR_INTERNAL, "disk on fire"); }));
  host.executor().run_pending();
  EXPECT_TRUE(host.logged("disk on fire"));
}

TEST(BatchBuilder, KeepsAbsentAndEmptyApart) {
  BatchBuilder builder;
  builder.add({.key = std::nullopt, .value = ""}).add({.key = "k", .headers = {{"h", std::nullopt}, {"h", "v"}}});
  const auto batch = builder.batch();
  EXPECT_TRUE(batch.is_null(batch[0].key));
  EXPECT_FALSE(batch.is_null(batch[0].value));
  EXPECT_TRUE(batch.is_null(batch[1].value));
  ASSERT_EQ(batch.headers(1).size(), 2u);
  EXPECT_TRUE(batch.is_null(batch.headers(1)[0].value));
  EXPECT_EQ(millrace::view(batch.headers(1)[1].value), "v");
}

TEST(BatchBuilder, NumbersEachStreamByItself) {
  BatchBuilder builder;
  builder.value("a").add({.value = "b", .partition = 1}).value("c").attribute("eventSource", "SelfManagedKafka");
  const auto batch = builder.batch();
  EXPECT_EQ(batch.position(2), 1);
  EXPECT_EQ(batch.stream(1).partition, 1);
  EXPECT_EQ(millrace::view(batch.stream(2).name), "orders");
  EXPECT_EQ(batch.attribute("eventSource"), "SelfManagedKafka");
  EXPECT_EQ(batch.attribute("absent"), "");
}

TEST(NextKept, SkipsDroppedRecordsAndStopsAtTheEnd) {
  std::vector<std::uint64_t> keep = keep_all(130);
  const millrace::Selection selection(keep.data(), 130);
  selection.keep_if([](std::uint32_t i) { return i == 3 || i == 64 || i == 129; });
  EXPECT_EQ(selection.count(), 3u);
  EXPECT_EQ(millrace::next_kept(keep.data(), 0, 130), 3u);
  EXPECT_EQ(millrace::next_kept(keep.data(), 4, 130), 64u);
  EXPECT_EQ(millrace::next_kept(keep.data(), 65, 130), 129u);
  EXPECT_EQ(millrace::next_kept(keep.data(), 130, 130), 130u);
  EXPECT_EQ(millrace::next_kept(keep.data(), 130, 129), 129u);
}

TEST(Canonical, FillsDefaultsAndConvertsUnitsAsTheHostDoes) {
  const Config schema = Config::parse(R"({"properties": {
      "timeout": {"format": "duration", "default": "1.5s"}, "size": {"format": "bytes"},
      "nested": {"default": {}, "properties": {"retries": {"default": 3}}},
      "all": {"items": {"format": "duration"}}}})");
  EXPECT_EQ(canonical(schema, {{"size", "6MiB"}, {"all", {"1m", 5}}}),
            Config::parse(R"({"timeout": 1500, "size": 6291456, "nested": {"retries": 3}, "all": [60000, 5]})"));
}

TEST(Instance, ReportsAFailingConstructorWithItsField) {
  FakeHost host;
  const Error e = error_of([&] { Instance(millrace::filter<ThrowsInConstructor>, host); });
  EXPECT_EQ(e.code(), MR_INVALID_ARGUMENT);
  EXPECT_EQ(e.field(), "/rate");
  EXPECT_EQ(e.hint(), "Choose another.");
}

TEST(Instance, ReportsAnythingThatIsThrown) {
  FakeHost host;
  Instance filter(millrace::filter<ThrowsANumber>, host);
  EXPECT_STREQ(error_of([&] { filter.apply(BatchBuilder().value("x").build()); }).what(),
               "the plugin threw something that is not a std::exception");
}

TEST(Instance, TellsAConfigurationThatTheSchemaShouldHaveRefused) {
  FakeHost host;
  const Error e = error_of([&] { Instance(millrace::filter<WantsANumber>, host); });
  EXPECT_EQ(e.code(), MR_INVALID_ARGUMENT);
}

TEST(Instance, AppliesAFilter) {
  FakeHost host;
  Instance filter(millrace::filter<KeepsLongValues>, host);
  BatchBuilder builder;
  builder.value("a").value("long").value("").value("longer");
  EXPECT_THAT(filter.apply(builder.build()), ElementsAre(1, 3));
  EXPECT_EQ(millrace::filter<KeepsLongValues>.caps, MR_CAP_CONCURRENT);
}

TEST(Instance, CatchesAFilterThatPutsARecordBack) {
  FakeHost host;
  Instance filter(millrace::filter<PutsBack>, host);
  EXPECT_STREQ(error_of([&] { filter.apply(BatchBuilder().value("x").build(), {0}); }).what(), "the filter set a bit");
}

TEST(Instance, EncodesUntilTheLimitAndNamesTheRecordThatNeverFits) {
  FakeHost host;
  Instance encoder(millrace::encoder<Lines>, host);
  BatchBuilder builder;
  builder.value("aa").value("bb").value("too long").value("cc");
  const Encoded first = encoder.encode(builder.build(), 0, {6, 100, 0});
  EXPECT_EQ(first.body, "aa\nbb\n");
  EXPECT_EQ(first.cursor, 2u);
  const Encoded second = encoder.encode(builder.build(), 2, {6, 100, 0});
  EXPECT_FALSE(second.fits);
  EXPECT_EQ(second.cursor, 2u);
  EXPECT_EQ(second.reason, "MaximumPayloadSizeExceeded");
}

TEST(Instance, ProvidesPropertiesInOrder) {
  FakeHost host;
  Instance auth(millrace::auth<Plain>, host);
  const Provided provided = auth.provide("b1:9092");
  EXPECT_EQ(provided.value("sasl.username"), "user at b1:9092");
  EXPECT_TRUE(provided.properties[1].is_secret);
  EXPECT_EQ(provided.expires_unix_ms, 7);
}

TEST(Instance, PollsASourceAndReleasesItsRecords) {
  FakeHost host;
  Instance source(millrace::source<Numbers>, host);
  source.start();
  {
    const Polled polled = source.poll();
    EXPECT_EQ(polled.size(), 2u);
    EXPECT_EQ(polled.batch().value(1), "1");
    EXPECT_EQ(Numbers::alive, 1);
  }
  EXPECT_EQ(Numbers::alive, 0);
  EXPECT_EQ(source.poll(0).size(), 0u);
  ASSERT_EQ(host.streams().assigned.size(), 1u);
  EXPECT_EQ(host.streams().assigned[0].topic, "numbers");
  EXPECT_THAT(host.violations(), IsEmpty());
  source.commit({{1, 2}});  // Numbers reports from here, where it must not
  EXPECT_THAT(host.violations(), ElementsAre("streams.report was called outside poll()"));
}

TEST(Instance, RunsTheChecksAndThePreview) {
  FakeHost host;
  Instance source(millrace::source<Numbers>, host);
  const auto steps = source.check();
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].verdict, MR_PASS);
  EXPECT_EQ(steps[1].finding->code(), MR_UNAVAILABLE);
  EXPECT_EQ(source.preview(1).size(), 1u);
  EXPECT_EQ(source.extension<void>("millrace.check/1 and more"), nullptr);
}

TEST(SinkDriver, CollectsAnAnswerWithEverythingInIt) {
  FakeHost host;
  SinkDriver sink(millrace::sink<Echo>, host);
  const Result result = sink.send({.body = "hello", .request_id = "r7", .records = {{}, {.position = 1}}});
  EXPECT_EQ(result.outcome, MR_PARTIAL);
  EXPECT_THAT(result.failed, ElementsAre(1));
  EXPECT_EQ(result.detail, "hello");
  EXPECT_THAT(result.attributes, ElementsAre(Pair("requestId", "r7")));
  EXPECT_EQ(sink.limits().max_bytes, 100u);
  sink.stop();
  EXPECT_THAT(sink.violations(), IsEmpty());
}

TEST(SinkDriver, TurnsAForgottenRequestIntoARetry) {
  FakeHost host;
  SinkDriver sink(millrace::sink<Forgets>, host);
  const Result result = sink.send({});
  EXPECT_EQ(result.outcome, MR_RETRY);
  EXPECT_EQ(result.detail, "the plugin dropped this request without an answer");
}

TEST(SinkDriver, AnswersOnceWhenTheExecutorRefuses) {
  FakeHost host(ExecutorMode::kRefuse);
  SinkDriver sink(millrace::sink<Background>, host);
  EXPECT_EQ(sink.send({}).outcome, MR_RETRY);
  EXPECT_THAT(sink.violations(), IsEmpty());
}

TEST(SinkDriver, AnswersOnceWhenSubmitThrowsAfterHandingOn) {
  FakeHost host;
  SinkDriver sink(millrace::sink<ThrowsAfterHandingOn>, host);
  EXPECT_EQ(sink.send({}).outcome, MR_DONE);
  sink.stop();
  EXPECT_THAT(sink.violations(), IsEmpty());
}

TEST(SinkDriver, ThrowsWhatARequestWasRefusedWith) {
  FakeHost host;
  SinkDriver sink(millrace::sink<AlwaysFull>, host);
  EXPECT_EQ(error_of([&] { sink.submit({}); }).code(), MR_RESOURCE_EXHAUSTED);
  EXPECT_EQ(sink.answers(), 0u);
}

TEST(SinkDriver, ReportsARequestAnsweredTwice) {
  FakeHost host;
  SinkDriver sink(kAnswersTwice, host);
  sink.send({.request_id = "r1"});
  EXPECT_THAT(sink.violations(), ElementsAre("request r1 was answered twice"));
}

TEST(SinkDriver, ReportsARequestThatStopLeftBehind) {
  FakeHost host;
  SinkDriver sink(kNeverAnswers, host);
  sink.submit({.request_id = "r1"});
  sink.stop();
  EXPECT_THAT(sink.violations(), ElementsAre("request r1 was not answered before stop() returned"));
}

TEST(Error, CutsLongTextAtACharacterAndRespectsAShorterStruct) {
  const std::string message = std::string(310, 'x') + "\xC3\xA9";  // the last place is in the middle of it
  const mr_error e = Error(MR_INTERNAL, message).to_abi();
  EXPECT_EQ(std::string(e.message), std::string(310, 'x'));
  mr_error shorter{};
  shorter.struct_size = offsetof(mr_error, detail);
  millrace::detail::put_error(&shorter, Error(MR_INTERNAL, "m").detail("d").to_abi());
  EXPECT_STREQ(shorter.message, "m");
  EXPECT_STREQ(shorter.detail, "");
  EXPECT_EQ(shorter.struct_size, offsetof(mr_error, detail));
}

}  // namespace
