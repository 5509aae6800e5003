#include "runtime/plugin/instance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "runtime/plugin/fake_plugin.h"

namespace millrace::plugin {
namespace {

using testing::ElementsAre;

TEST(Instance, IsCreatedStartedStoppedAndDestroyedInOrder) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kSink);
  {
    auto sink = SinkInstance::create(pipeline.host, component, R"({"a":1})", {.component = "sink"});
    ASSERT_TRUE(sink.ok());
    EXPECT_TRUE((*sink)->start().ok());
    (*sink)->stop(77);
    (*sink)->stop(78);
  }
  EXPECT_THAT(fake.calls, ElementsAre("create {\"a\":1}", "start", "stop 77", "destroy"));
}

TEST(Instance, IsStoppedBeforeItIsDestroyedEvenWhenItWasNeverStarted) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kFilter);
  static_cast<void>(FilterInstance::create(pipeline.host, component, "{}", {.component = "filters[0]"}));
  EXPECT_THAT(fake.calls, ElementsAre("create {}", "stop 0", "destroy"));
}

TEST(Instance, ThatCannotBeCreatedSaysSoInThePluginsWordsAndIsNotDestroyed) {
  FakePipeline pipeline;
  FakePlugin fake;
  fake.on_create = [](const mr_host*, mr_error* err) {
    std::strcpy(err->field, "/function");
    std::strcpy(err->detail, "It is empty.");
    std::strcpy(err->hint, "Name a function.");
    return fail(err, MR_INVALID_ARGUMENT, "there is no function name.", "MR4001");
  };
  const Component component = fake.component(Kind::kSink);
  observe::Problem why;
  const auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"}, &why);
  ASSERT_FALSE(sink.ok());
  EXPECT_EQ(
      sink.status().to_string(),
      "MR4001: sink fake (fake.so) cannot be created: there is no function name. It is empty.\n  Name a function.");
  EXPECT_EQ(sink.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(why.field, "/function");
  EXPECT_EQ(why.detail, "It is empty.");
  EXPECT_THAT(fake.calls, ElementsAre("create {}"));
}

TEST(Instance, ThatDoesNotStartKeepsItsPlaceAndIsStillStopped) {
  FakePipeline pipeline;
  FakePlugin fake;
  fake.on_start = [](mr_error* err) { return fail(err, MR_UNAVAILABLE, "no socket."); };
  const Component component = fake.component(Kind::kSink);
  {
    auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"});
    EXPECT_EQ((*sink)->start().to_string(), "MR2022: sink fake (fake.so) did not start: no socket.");
  }
  EXPECT_THAT(fake.calls, ElementsAre("create {}", "start", "stop 0", "destroy"));
}

TEST(Instance, BelievesNoTextOfAPluginBeyondItsPlace) {
  FakePipeline pipeline;
  FakePlugin fake;
  fake.on_create = [](const mr_host*, mr_error* err) -> mr_status {
    std::memset(err->id, 'A', sizeof *err - offsetof(mr_error, id));  // not one text is terminated
    return 4711;                                                      // and no such code exists
  };
  const Component component = fake.component(Kind::kSink);
  observe::Problem why;
  const auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"}, &why);
  EXPECT_EQ(sink.status().code(), Code::kUnknown);
  EXPECT_EQ(why.id, std::string(24, 'A'));
  EXPECT_EQ(why.message, std::string(312, 'A'));
  EXPECT_EQ(why.hint, std::string(256, 'A'));
}

TEST(Instance, SaysSomethingWhenThePluginSaysNothing) {
  FakePipeline pipeline;
  FakePlugin fake;
  fake.on_create = [](const mr_host*, mr_error*) -> mr_status { return MR_INTERNAL; };
  const Component component = fake.component(Kind::kAuth);
  EXPECT_EQ(AuthInstance::create(pipeline.host, component, "{}", {.component = "auth[0]"}).status().to_string(),
            "MR2021: auth fake (fake.so) cannot be created: it gave no reason (code 13).");
}

TEST(Instance, FinishesTheExecutorsWorkBeforeStop) {
  FakePipeline pipeline;
  FakePlugin fake;
  std::atomic<int> ran = 0;
  int ran_at_stop = -1;
  fake.on_stop = [&] { ran_at_stop = ran; };
  const Component component = fake.component(Kind::kSink);
  auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"});
  const auto* executor = fake.service<mr_executor>(MR_EXECUTOR);
  const auto count = [](void* arg) { ++*static_cast<std::atomic<int>*>(arg); };
  EXPECT_EQ(executor->run_blocking(fake.host->ctx, count, &ran), mr_status{MR_OK});
  EXPECT_NE(executor->after(fake.host->ctx, 3'600'000'000'000, count, &ran), 0u);
  (*sink)->stop(0);
  EXPECT_EQ(ran_at_stop, 2);
  EXPECT_EQ(executor->run_blocking(fake.host->ctx, count, &ran), mr_status{MR_RESOURCE_EXHAUSTED});
  EXPECT_EQ(executor->after(fake.host->ctx, 0, count, &ran), 0u);
  EXPECT_EQ(ran, 2);
}

TEST(Instance, CopiesATableThatIsShorterThanOurs) {
  FakePipeline pipeline;
  FakePlugin fake;
  Component component = fake.component(Kind::kSink);
  mr_sink_v1 old = *static_cast<const mr_sink_v1*>(component.table.vtable);
  old.struct_size = offsetof(mr_sink_v1, limits);  // as if limits had been appended later
  component.table.vtable = &old;
  auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"});
  EXPECT_EQ((*sink)->limits().max_bytes, 0u);
  EXPECT_EQ((*sink)->max_in_flight(), 3u);
}

TEST(SourceInstance, PollsCommitsPausesReleasesAndIsInterrupted) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kSource);
  static const mr_record record{};
  static const mr_stream stream{};
  fake.on_poll = [](mr_batch* out, mr_error*) -> mr_status {
    EXPECT_EQ(out->struct_size, sizeof(mr_batch));
    EXPECT_EQ(out->release, nullptr) << "a used batch is cleared before the call";
    out->record_stride = sizeof(mr_record), out->stream_stride = sizeof(mr_stream);
    out->count = out->stream_count = 1;
    out->records = &record, out->streams = &stream;
    out->release = [](void*) {};
    return MR_OK;
  };
  auto source = SourceInstance::create(pipeline.host, component, "{}", {.component = "source"});
  mr_batch batch{};
  for (int i = 0; i < 2; ++i) EXPECT_TRUE((*source)->poll(10, 1'000, 0, batch).ok());
  EXPECT_EQ(batch.count, 1u);
  const mr_position positions[] = {{7, 42}};
  const std::uint64_t ids[] = {7, 8};
  EXPECT_TRUE((*source)->commit(positions, 0).ok());
  EXPECT_TRUE((*source)->set_paused(ids, true).ok());
  EXPECT_TRUE((*source)->set_paused(ids, false).ok());
  EXPECT_TRUE((*source)->release_streams(ids).ok());
  (*source)->interrupt();
  EXPECT_THAT(fake.calls, ElementsAre("create {}", "commit 42", "pause 8", "resume 8", "release 2", "interrupt"));
  EXPECT_EQ((*source)->commit(positions, 1).to_string(),
            "MR3044: source fake (fake.so) could not commit: the broker did not answer.");
}

TEST(SourceInstance, GivesBackABatchThatLacksAPartAndSaysWhoseFaultItIs) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kSource);
  int released = 0;
  fake.on_poll = [&](mr_batch* out, mr_error*) -> mr_status {
    out->count = 5;  // and no records
    out->owner = &released;
    out->release = [](void* owner) { ++*static_cast<int*>(owner); };
    return MR_OK;
  };
  auto source = SourceInstance::create(pipeline.host, component, "{}", {.component = "source"});
  mr_batch batch{};
  observe::Problem why;
  EXPECT_EQ((*source)->poll(10, 1'000, 0, batch, &why).message(),
            "source fake (fake.so) cannot be used: the plugin broke a rule of the plugin ABI: a batch with records "
            "lacks an array, or its strides are too small.");
  EXPECT_EQ(why.id, "MR2024");
  EXPECT_EQ(released, 1);
  EXPECT_EQ(batch.release, nullptr);
}

TEST(EncoderInstance, GivesTheDeadLettersConditionWithOutOfRange) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kEncoder);
  fake.on_encode = [](std::uint32_t* cursor, mr_writer*, mr_error* err) {
    return *cursor = 3, fail(err, MR_OUT_OF_RANGE, "too large", "", "MaximumPayloadSizeExceeded");
  };
  auto encoder = EncoderInstance::create(pipeline.host, component, "{}", {.component = "encoder"});
  std::uint32_t cursor = 0;
  mr_writer writer{};
  observe::Problem why;
  EXPECT_EQ((*encoder)->encode({}, nullptr, {}, cursor, writer, &why), mr_status{MR_OUT_OF_RANGE});
  EXPECT_EQ(cursor, 3u);
  EXPECT_EQ(why.reason, "MaximumPayloadSizeExceeded");
  EXPECT_EQ((*encoder)->encode({}, nullptr, {}, cursor, writer), mr_status{MR_OUT_OF_RANGE});
}

TEST(EncoderInstance, SaysTheContentTypeOfItsBodies) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kEncoder);
  auto encoder = EncoderInstance::create(pipeline.host, component, "{}", {.component = "encoder"});
  EXPECT_EQ((*encoder)->content_type(), "text/fake");
}

TEST(FilterInstance, FailsWithThePluginsWords) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kFilter);
  fake.on_apply = [](std::uint64_t*, mr_error* err) { return fail(err, MR_INTERNAL, "out of patience."); };
  auto filter = FilterInstance::create(pipeline.host, component, "{}", {.component = "filters[0]"});
  std::uint64_t keep = 1;
  EXPECT_EQ((*filter)->apply({}, &keep).to_string(),
            "MR2023: filter fake (fake.so) failed on a batch: out of patience.");
}

TEST(SinkInstance, PassesTheRequestTheCompletionAndTheAnswer) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kSink);
  fake.on_submit = [](const mr_request* request, mr_completion completion, mr_error* err) -> mr_status {
    if (request->attempt == 2) return fail(err, MR_RESOURCE_EXHAUSTED, "full");
    mr_result result{};
    result.struct_size = sizeof result;
    completion.done(completion.ctx, &result);
    return MR_OK;
  };
  auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"});
  EXPECT_EQ((*sink)->max_in_flight(), 3u);
  EXPECT_EQ((*sink)->limits().max_bytes, 6'291'456u);
  int done = 0;
  const mr_completion completion{&done, [](void* ctx, const mr_result*) { ++*static_cast<int*>(ctx); }};
  mr_request request{};
  request.struct_size = sizeof request;
  request.attempt = 1;
  EXPECT_EQ((*sink)->submit(request, completion), mr_status{MR_OK});
  request.attempt = 2;
  observe::Problem why;
  EXPECT_EQ((*sink)->submit(request, completion, &why), mr_status{MR_RESOURCE_EXHAUSTED});
  EXPECT_EQ(why.message, "full");
  EXPECT_EQ(done, 1);
}

TEST(SinkInstance, SerialisesSubmitUnlessTheComponentIsConcurrent) {
  FakePipeline pipeline;
  FakePlugin fake;
  std::atomic<int> inside = 0, together = 0;
  fake.on_submit = [&](const mr_request*, mr_completion, mr_error*) -> mr_status {
    if (++inside > 1) ++together;
    std::this_thread::yield();
    --inside;
    return MR_OK;
  };
  const Component component = fake.component(Kind::kSink);
  auto sink = SinkInstance::create(pipeline.host, component, "{}", {.component = "sink"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) static_cast<void>((*sink)->submit({}, {}));
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(together, 0);
}

TEST(Instance, RunsItsSelfCheckWithoutBeingStarted) {
  FakePipeline pipeline;
  FakePlugin fake;
  const Component component = fake.component(Kind::kSource);
  auto source = SourceInstance::create(pipeline.host, component, "{}", {.component = "source"});
  EXPECT_EQ((*source)->check(0, {}).code(), Code::kUnimplemented);
  static const mr_check kCheck{sizeof(mr_check), 0, [](void*, std::uint64_t, auto emit, void* arg, mr_error* err) {
                                 const mr_field fact{abi("address"), abi("b1:9092")};
                                 emit(arg, abi("connect"), MR_PASS, &fact, 1, nullptr);
                                 mr_error finding{};
                                 finding.struct_size = sizeof finding;
                                 fail(&finding, MR_UNAUTHENTICATED, "refused", "MR3012");
                                 emit(arg, abi("log in"), MR_FAIL, nullptr, 0, &finding);
                                 return fail(err, MR_UNAVAILABLE, "half done.");
                               }};
  fake.on_extension = [](const char* id) -> const void* {
    return std::string_view(id) == MR_CHECK ? &kCheck : nullptr;
  };
  std::vector<CheckStep> steps;
  EXPECT_EQ((*source)->check(0, [&](CheckStep step) { steps.push_back(std::move(step)); }).message(),
            "source fake (fake.so) could not check itself: half done.");
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].step, "connect");
  EXPECT_EQ(steps[0].facts.at(0).second, "b1:9092");
  EXPECT_EQ(steps[1].verdict, CheckStep::Verdict::kFail);
  EXPECT_EQ(steps[1].finding.id, "MR3012");
  EXPECT_EQ(steps[1].finding.code, Code::kUnauthenticated);
  mr_batch batch{};
  EXPECT_EQ((*source)->preview(1, 1, 0, batch).code(), Code::kUnimplemented);
}

}  // namespace
}  // namespace millrace::plugin
