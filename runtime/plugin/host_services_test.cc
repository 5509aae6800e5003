#include "runtime/plugin/host_services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "runtime/plugin/fake_plugin.h"

namespace millrace::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One live sink (or another kind) and the services it was lent.
template <class Type, Kind kind>
struct Live {
  FakePipeline pipeline;
  FakePlugin fake;
  Component component = fake.component(kind);
  std::unique_ptr<Type> instance;
  explicit Live(InstanceOptions options) {
    instance = std::move(Type::create(pipeline.host, component, "{}", std::move(options)).value());
  }
  void* ctx() const { return fake.host->ctx; }
};
struct LiveSink : Live<SinkInstance, Kind::kSink> {
  LiveSink() : Live({.component = "sink"}) {}
};

TEST(HostServices, LabelTheHostWithPipelineHostAndInstance) {
  Live<SourceInstance, Kind::kSource> live({.component = "source", .instance = 2});
  EXPECT_EQ(live.fake.host->struct_size, sizeof(mr_host));
  EXPECT_EQ(live.fake.host->instance, 2u);
  EXPECT_EQ(text_of(live.fake.host->pipeline_id), "orders");
  EXPECT_EQ(text_of(live.fake.host->host_id), "h1");
}

TEST(HostServices, KnowTheirOwnIdsAndNothingElse) {
  LiveSink live;
  for (const char* id : {MR_LOG, MR_METRICS, MR_HEALTH, MR_SECRETS, MR_EXECUTOR, MR_STATE, MR_CONNECTION}) {
    EXPECT_NE(live.fake.service<void>(id), nullptr) << id;
    EXPECT_EQ(live.fake.service<void>((std::string(id) + "x").c_str()), nullptr) << id;
    EXPECT_EQ(live.fake.service<void>(std::string(id, std::strlen(id) - 1).c_str()), nullptr) << id;
  }
  for (const char* id : {"", "millrace.log/2", "millrace.nothing/1", MR_NET, MR_STREAMS})
    EXPECT_EQ(live.fake.service<void>(id), nullptr) << id;
  EXPECT_EQ(live.fake.service<void>(std::string(100'000, 'x').c_str()), nullptr);
  EXPECT_EQ(live.fake.host->get_service(live.ctx(), nullptr), nullptr);
}

TEST(HostServices, LogWithTheComponentsLabels) {
  LiveSink live;
  const auto* log = live.fake.service<mr_log>(MR_LOG);
  EXPECT_EQ(log->enabled(live.ctx(), MR_DEBUG), 1u);
  EXPECT_EQ(log->enabled(live.ctx(), MR_TRACE), 0u);
  const mr_field fields[] = {{abi("topic"), abi("orders")}, {abi("pipeline"), abi("forged")}};
  log->write(live.ctx(), MR_WARN, abi("slow"), fields, 2);
  log->write(live.ctx(), 99, {nullptr, 7}, nullptr, 3);
  EXPECT_THAT(live.pipeline.lines,
              ElementsAre("warn  sink.fake: slow pipeline=orders component=sink topic=orders field_pipeline=forged",
                          "error sink.fake:  pipeline=orders component=sink"));
}

TEST(HostServices, LimitTheLogOfEachInstanceAndSayAtItsEndWhatWasDropped) {
  LiveSink live;
  const auto* log = live.fake.service<mr_log>(MR_LOG);
  for (int i = 0; i < 20; ++i) log->write(live.ctx(), MR_INFO, abi("again"), nullptr, 0);
  EXPECT_EQ(live.pipeline.lines.size(), 5u);
  live.instance.reset();
  EXPECT_THAT(live.pipeline.lines.back(), HasSubstr("15 log lines dropped here"));
}

TEST(HostServices, CountMetricsThatWereDefinedInCreate) {
  FakePipeline pipeline;
  FakePlugin fake;
  std::uint64_t id = 0, refused = 1;
  fake.on_create = [&](const mr_host* h, mr_error*) -> mr_status {
    const auto* metrics = static_cast<const mr_metrics*>(h->get_service(h->ctx, MR_METRICS));
    id = metrics->define(h->ctx, MR_COUNTER, abi("calls"), abi("Calls made"), abi(""));
    refused = metrics->define(h->ctx, MR_COUNTER, abi("Bad Name"), abi(""), abi(""));
    return MR_OK;
  };
  const Component component = fake.component(Kind::kSink);
  auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"});
  const auto* metrics = fake.service<mr_metrics>(MR_METRICS);
  metrics->record(fake.host->ctx, id, 2);
  metrics->record(fake.host->ctx, 0, 2);
  metrics->record(fake.host->ctx, id + 1, 2);
  EXPECT_EQ(refused, 0u);
  EXPECT_EQ(metrics->define(fake.host->ctx, MR_COUNTER, abi("late"), abi(""), abi("")), 0u);
  const auto samples = pipeline.metrics.samples();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].pipeline + "/" + samples[0].component + "/" + samples[0].name, "orders/sink/calls");
  EXPECT_EQ(samples[0].value, 2);
  EXPECT_THAT(pipeline.lines,
              ElementsAre(HasSubstr("rule=\"the metric 'Bad Name' is not counted: its type or name is not valid\""),
                          HasSubstr("rule=\"the metric 'late' is not counted: it is defined after create()\"")));
}

TEST(HostServices, GiveAComponentAtMost64Metrics) {
  FakePipeline pipeline;
  FakePlugin fake;
  int accepted = 0;
  fake.on_create = [&](const mr_host* h, mr_error*) -> mr_status {
    const auto* metrics = static_cast<const mr_metrics*>(h->get_service(h->ctx, MR_METRICS));
    for (int i = 0; i < 70; ++i)
      accepted += metrics->define(h->ctx, MR_GAUGE, abi("m" + std::to_string(i)), abi(""), abi("")) != 0;
    return MR_OK;
  };
  const Component component = fake.component(Kind::kSink);
  ASSERT_TRUE(SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"}).ok());
  EXPECT_EQ(accepted, 64);
}

TEST(HostServices, ReportHealthAndForgetItWithTheInstance) {
  LiveSink live;
  const auto* health = live.fake.service<mr_health>(MR_HEALTH);
  mr_error problem{};
  problem.struct_size = offsetof(mr_error, detail);  // from a time before detail and hint
  std::strcpy(problem.id, "MR4007");
  std::strcpy(problem.message, "The function does not exist.");
  std::memset(problem.detail, 'x', sizeof problem.detail);
  health->report(live.ctx(), MR_BROKEN, &problem);
  health->report(live.ctx(), MR_BROKEN, &problem);
  EXPECT_EQ(live.pipeline.health.aggregate().component, "sink");
  EXPECT_EQ(live.pipeline.health.aggregate().state, observe::Health::kBroken);
  EXPECT_EQ(live.pipeline.health.aggregate().problem.detail, "");
  health->report(live.ctx(), MR_HEALTHY, nullptr);
  EXPECT_EQ(live.pipeline.health.aggregate().state, observe::Health::kHealthy);
  EXPECT_EQ(live.pipeline.lines.size(), 2u);
  health->report(live.ctx(), 77, nullptr);
  EXPECT_EQ(live.pipeline.health.aggregate().state, observe::Health::kBroken);
  live.instance.reset();
  EXPECT_EQ(live.pipeline.health.aggregate().state, observe::Health::kHealthy);
}

TEST(HostServices, LendASecretForTheCallOnly) {
  LiveSink live;
  live.pipeline.environment["TOKEN"] = "hunter2";
  const auto* secrets = live.fake.service<mr_secrets>(MR_SECRETS);
  std::string seen;
  const auto use = [](void* arg, mr_bytes secret) { *static_cast<std::string*>(arg) = text_of(secret); };
  mr_error error{};
  error.struct_size = sizeof error;
  EXPECT_EQ(secrets->resolve(live.ctx(), abi("${secret:env:TOKEN}"), use, &seen, &error), mr_status{MR_OK});
  EXPECT_EQ(seen, "hunter2");
  EXPECT_EQ(secrets->resolve(live.ctx(), abi("${secret:env:NONE}"), use, &seen, &error), mr_status{MR_NOT_FOUND});
  EXPECT_STREQ(error.id, "MR1403");
  EXPECT_STREQ(error.message, "the secret ${secret:env:NONE}: the environment variable NONE is not set.");
  EXPECT_EQ(secrets->resolve(live.ctx(), abi("${secret:env:NONE}"), use, &seen, nullptr), mr_status{MR_NOT_FOUND});
  EXPECT_EQ(secrets->resolve(live.ctx(), abi("${secret:env:TOKEN}"), nullptr, nullptr, &error),
            mr_status{MR_INVALID_ARGUMENT});
}

TEST(HostServices, WriteNoFurtherThanTheCallersError) {
  LiveSink live;
  struct {
    mr_error error;
    char guard[8];
  } caller{};
  std::memset(&caller, 'x', sizeof caller);
  caller.error.struct_size = offsetof(mr_error, field);
  EXPECT_EQ(live.fake.service<mr_secrets>(MR_SECRETS)
                ->resolve(
                    live.ctx(), abi("${secret:env:NONE}"), [](void*, mr_bytes) {}, nullptr, &caller.error),
            mr_status{MR_NOT_FOUND});
  EXPECT_STREQ(caller.error.id, "MR1403");
  EXPECT_EQ(caller.error.field[0], 'x');
  EXPECT_EQ(caller.error.struct_size, offsetof(mr_error, field));
}

TEST(HostServices, CutALongMessageAtACharacter) {
  mr_error error{};
  error.struct_size = sizeof error;
  static_cast<void>(to_mr_error(Status(Code::kInternal, "", std::string(310, 'a') + "\u00e4"), &error));
  EXPECT_EQ(std::string(error.message), std::string(310, 'a'));
  static_cast<void>(to_mr_error(Status(Code::kInternal, "", std::string(309, 'a') + "\u00e4"), &error));
  EXPECT_EQ(std::string(error.message), std::string(309, 'a') + "\u00e4");
}

TEST(HostServices, RunBlockingWorkAndTimers) {
  LiveSink live;
  const auto* executor = live.fake.service<mr_executor>(MR_EXECUTOR);
  std::promise<void> ran;
  EXPECT_EQ(executor->run_blocking(
                live.ctx(), [](void* arg) { static_cast<std::promise<void>*>(arg)->set_value(); }, &ran),
            mr_status{MR_OK});
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  std::atomic<bool> late = false;
  const std::uint64_t timer = executor->after(
      live.ctx(), ~std::uint64_t{0}, [](void* arg) { *static_cast<std::atomic<bool>*>(arg) = true; }, &late);
  EXPECT_NE(timer, 0u);
  executor->cancel(live.ctx(), timer);
  live.instance->stop(0);
  EXPECT_FALSE(late);
  EXPECT_EQ(executor->run_blocking(live.ctx(), nullptr, nullptr), mr_status{MR_INVALID_ARGUMENT});
}

TEST(HostServices, KeepStateUnderThePipelineAndTheComponentsType) {
  LiveSink live;
  const auto* state = live.fake.service<mr_state>(MR_STATE);
  std::string seen;
  const auto use = [](void* arg, mr_bytes value) { *static_cast<std::string*>(arg) = text_of(value); };
  mr_error error{};
  error.struct_size = sizeof error;
  EXPECT_EQ(state->get(live.ctx(), abi("k"), use, &seen, &error), mr_status{MR_NOT_FOUND});
  EXPECT_STREQ(error.message, "nothing is kept under 'k'.");
  EXPECT_EQ(state->put(live.ctx(), abi("k"), abi_bytes("v"), &error), mr_status{MR_OK});
  EXPECT_EQ(state->get(live.ctx(), abi("k"), use, &seen, &error), mr_status{MR_OK});
  EXPECT_EQ(seen, "v");
  EXPECT_EQ(live.pipeline.state.values.at("orders/fake.k"), "v");
}

struct Recorder final : StreamsListener {
  std::vector<std::string> heard;
  void assigned(std::span<const mr_stream> streams, std::uint32_t in_all) override {
    heard.push_back("assigned " + std::to_string(streams.size()) + " of " + std::to_string(in_all));
    for (const mr_stream& s : streams) heard.push_back(text_of(s.name) + "/" + std::to_string(s.partition));
  }
  void revoke(std::span<const std::uint64_t> ids, std::uint64_t deadline_ns) override {
    heard.push_back("revoke " + std::to_string(ids.size()) + " by " + std::to_string(deadline_ns));
  }
  void lost(std::span<const std::uint64_t> ids) override { heard.push_back("lost " + std::to_string(ids.size())); }
  void report(std::span<const mr_stream_state> states) override {
    heard.push_back("report " + std::to_string(states[1].stream_id) + " " + std::to_string(states[1].committed));
  }
};

TEST(HostServices, PassStreamsOnInsidePollAndNowhereElse) {
  Recorder recorder;
  Live<SourceInstance, Kind::kSource> live({.component = "source", .instance = 1, .streams = &recorder});
  const auto* streams = live.fake.service<mr_streams>(MR_STREAMS);
  ASSERT_NE(streams, nullptr);
  struct Longer {  // of a newer plugin
    mr_stream_state state;
    std::int64_t appended;
  };
  live.fake.on_poll = [&](mr_batch*, mr_error*) -> mr_status {
    const mr_stream list[] = {{7, abi("orders"), 3, 0}, {8, abi("orders"), 4, 0}};
    streams->assigned(live.ctx(), list, 2, sizeof(mr_stream), 12);
    const std::uint64_t ids[] = {7};
    streams->revoke(live.ctx(), ids, 1, 99);
    streams->lost(live.ctx(), ids, 1);
    const Longer states[] = {{{7, 0, 10, 5, 4}, 1}, {{8, 0, 10, 5, 6}, 2}};
    streams->report(live.ctx(), &states[0].state, 2, sizeof(Longer));
    return MR_OK;
  };
  mr_batch batch{};
  ASSERT_TRUE(live.instance->poll(1, 1, 0, batch).ok());
  EXPECT_THAT(recorder.heard,
              ElementsAre("assigned 2 of 12", "orders/3", "orders/4", "revoke 1 by 99", "lost 1", "report 8 6"));
  streams->lost(live.ctx(), nullptr, 3);
  EXPECT_EQ(recorder.heard.size(), 6u);
  EXPECT_THAT(live.pipeline.lines.back(),
              HasSubstr("rule=\"streams.lost was called outside poll(); it is ignored\" plugin=/plugins/fake.so"));
  EXPECT_THAT(live.pipeline.lines.back(), HasSubstr("component=source#1"));
}

TEST(HostServices, TellASourceWhatThePipelineNeeds) {
  FakePipeline pipeline;
  FakePlugin fake;
  Component filter = fake.component(Kind::kFilter), encoder = fake.component(Kind::kEncoder);
  filter.needs = MR_NEED_VALUE;
  encoder.needs = MR_NEED_HEADERS;
  const Component* all[] = {&filter, &encoder};
  pipeline.host.set_needs(needs_of(all));
  Recorder recorder;
  const Component source = fake.component(Kind::kSource);
  auto instance = SourceInstance::create(pipeline.host, source, "{}", {.component = "source", .streams = &recorder});
  EXPECT_EQ(fake.service<mr_streams>(MR_STREAMS)->needs, std::uint32_t{MR_NEED_VALUE | MR_NEED_HEADERS});
}

// Auth instances of one fake type; which one answers is told by the order of calls.
struct ConnectionTest : testing::Test {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  void add(const std::string& type) {
    components.push_back(std::make_unique<Component>(fake.component(Kind::kAuth, type)));
    const std::string place = "auth[" + std::to_string(instances.size()) + "]";
    instances.push_back(
        std::move(AuthInstance::create(pipeline.host, *components.back(), "{}", {.component = place}).value()));
    pipeline.host.connection().add(*instances.back(), place);
  }
  // What each auth instance emits, in turn; and what comes out.
  Status run(std::vector<Pairs> emitted, std::vector<std::int64_t> expiries = {}) {
    fake.on_provide = [&, next = std::size_t{0}](mr_str endpoint, mr_emit_property emit, void* arg,
                                                 std::int64_t* expires, mr_error*) mutable -> mr_status {
      endpoint_seen = text_of(endpoint);
      for (const auto& [name, value] : emitted.at(next))
        emit(arg, abi(name), abi_bytes(value), name.ends_with("password"));
      if (next < expiries.size()) *expires = expiries[next];
      ++next;
      return MR_OK;
    };
    seen.clear();
    return pipeline.host.connection().properties(
        "b1:9092",
        [](void* arg, mr_str name, mr_bytes value, std::uint32_t secret) {
          static_cast<std::vector<std::string>*>(arg)->push_back(text_of(name) + "=" +
                                                                 (secret ? "(secret)" : text_of(value)));
        },
        &seen, expires_at, &why);
  }
  FakePipeline pipeline;
  FakePlugin fake;
  std::vector<std::unique_ptr<Component>> components;
  std::vector<std::unique_ptr<AuthInstance>> instances;
  std::vector<std::string> seen;
  std::string endpoint_seen;
  std::int64_t expires_at = -1;
  observe::Problem why;
};

TEST_F(ConnectionTest, IsEmptyWithoutAuth) {
  EXPECT_TRUE(run({}).ok());
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(expires_at, 0);
}

TEST_F(ConnectionTest, EmitsTheUnionAndTheEarliestExpiry) {
  add("sasl_scram"), add("tls");
  ASSERT_TRUE(
      run({{{"tls.enabled", "1"}, {"sasl.password", "hunter2"}}, {{"tls.enabled", "1"}, {"tls.server_name", ""}}},
          {0, 500})
          .ok());
  EXPECT_THAT(seen, ElementsAre("tls.enabled=1", "sasl.password=(secret)", "tls.server_name="));
  EXPECT_EQ(expires_at, 500);
  EXPECT_EQ(endpoint_seen, "b1:9092");
}

TEST_F(ConnectionTest, RefusesTwoValuesOfOneNameNamingBothAndNeitherValue) {
  add("sasl_scram"), add("sasl_plain");
  const Status status = run({{{"sasl.password", "hunter2"}}, {{"sasl.password", "hunter3"}}});
  EXPECT_EQ(status.to_string(),
            "MR2025: auth[0] (sasl_scram) and auth[1] (sasl_plain) give sasl.password different values.\n  Remove one "
            "of the two, or make them agree.");
  EXPECT_TRUE(seen.empty()) << "nothing is emitted of a contradiction";
  EXPECT_EQ(why.id, "MR2025");
}

TEST_F(ConnectionTest, ReachesASourceWithThePluginsReasonAndDetail) {
  add("sasl_scram");
  fake.on_provide = [](mr_str, mr_emit_property, void*, std::int64_t*, mr_error* err) -> mr_status {
    std::strcpy(err->detail, "The member password is missing.");
    return fail(err, MR_INVALID_ARGUMENT, "the credentials are not usable.", "MR3101", "INVALID_SECRET");
  };
  const Component component = fake.component(Kind::kSource);
  auto source = SourceInstance::create(pipeline.host, component, "{}", {.component = "source"});
  const auto* connection = fake.service<mr_connection>(MR_CONNECTION);
  mr_error error{};
  error.struct_size = sizeof error;
  EXPECT_EQ(
      connection->properties(
          fake.host->ctx, abi("b1:9092"), [](void*, mr_str, mr_bytes, std::uint32_t) {}, nullptr, nullptr, &error),
      mr_status{MR_INVALID_ARGUMENT});
  EXPECT_STREQ(error.id, "MR3101");
  EXPECT_STREQ(error.reason, "INVALID_SECRET");
  EXPECT_STREQ(error.detail, "The member password is missing.");
  EXPECT_EQ(connection->generation(fake.host->ctx), 1u);
  pipeline.host.connection().invalidate();
  EXPECT_EQ(connection->generation(fake.host->ctx), 2u);
}

}  // namespace
}  // namespace millrace::plugin
