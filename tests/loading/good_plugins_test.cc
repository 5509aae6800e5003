// One working plugin of each kind, loaded from its file and run through its instance with the host's real services.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "runtime/plugin/fake_plugin.h"
#include "runtime/plugin/loader.h"

namespace millrace::plugin {
namespace {

const std::filesystem::path kGood = std::filesystem::path(TEST_PLUGINS) / "good";

struct Good : testing::Test {
  template <class Type>
  std::unique_ptr<Type> create(Kind kind, const char* type, std::string_view config, InstanceOptions options) {
    const auto component = scan.catalogue.require(kind, type);
    EXPECT_TRUE(component.ok()) << component.status().to_string();
    auto made = Type::create(pipeline.host, **component, config, std::move(options));
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    EXPECT_TRUE((*made)->start().ok());
    return std::move(made).value();
  }
  FakePipeline pipeline;
  Loader loader{observe::Logger()};
  Scan scan = loader.scan({.directories = {kGood}});
};

struct Streams final : StreamsListener {
  std::vector<std::uint64_t> assigned_ids, revoked;
  std::size_t reports = 0;
  void assigned(std::span<const mr_stream> streams, std::uint32_t) override {
    for (const mr_stream& s : streams) assigned_ids.push_back(s.id);
  }
  void revoke(std::span<const std::uint64_t> ids, std::uint64_t) override {
    revoked.insert(revoked.end(), ids.begin(), ids.end());
  }
  void lost(std::span<const std::uint64_t>) override {}
  void report(std::span<const mr_stream_state>) override { ++reports; }
};

TEST_F(Good, SourceIsAssignedDeliversCommitsAndResumesAfterARestart) {
  const char* config = R"({"topic":"ticks","partitions":2,"records":20,"per_poll":5,"revoke_after":0})";
  std::int64_t next = 0;
  {
    Streams streams;
    auto source = create<SourceInstance>(Kind::kSource, "ticks", config, {.component = "source", .streams = &streams});
    mr_batch batch{};
    ASSERT_TRUE(source->poll(100, 1'000'000, 0, batch).ok());
    ASSERT_GT(batch.count, 0u);
    EXPECT_EQ(streams.assigned_ids.size(), 2u);
    const std::uint64_t id = batch.streams[batch.records[0].stream].id;
    next = 5;
    batch.release(batch.owner);
    const mr_position position{id, next};
    EXPECT_TRUE(source->commit({&position, 1}, 0).ok());
  }
  Streams streams;
  auto source = create<SourceInstance>(Kind::kSource, "ticks", config, {.component = "source", .streams = &streams});
  mr_batch batch{};
  ASSERT_TRUE(source->poll(100, 1'000'000, 0, batch).ok());
  EXPECT_EQ(batch.records[0].position, next) << "the state survived the first instance";
  batch.release(batch.owner);
  source->interrupt();
}

TEST_F(Good, AuthAddsUpToAConnectionWithItsSecretResolved) {
  pipeline.environment["KAFKA_PASSWORD"] = "hunter2";
  auto auth = create<AuthInstance>(
      Kind::kAuth, "fixed", R"({"username":"u","password":"${secret:env:KAFKA_PASSWORD}"})", {.component = "auth[0]"});
  pipeline.host.connection().add(*auth, "auth[0]");
  std::map<std::string, std::string> seen;
  std::int64_t expires = 0;
  const Status status = pipeline.host.connection().properties(
      "b1:9092",
      [](void* arg, mr_str name, mr_bytes value, std::uint32_t) {
        (*static_cast<std::map<std::string, std::string>*>(arg))[text_of(name)] = text_of(value);
      },
      &seen, expires);
  ASSERT_TRUE(status.ok()) << status.to_string();
  EXPECT_EQ(seen["sasl.username"], "u");
  EXPECT_EQ(seen["sasl.password"], "hunter2");
  for (const std::string& line : pipeline.lines) EXPECT_EQ(line.find("hunter2"), std::string::npos);
}

TEST_F(Good, AuthWhoseSecretCannotBeReadSaysWhich) {
  const auto component = scan.catalogue.require(Kind::kAuth, "fixed");
  auto auth = AuthInstance::create(
      pipeline.host, **component, R"({"username":"u","password":"${secret:env:NOT_THERE}"})", {.component = "auth[0]"});
  Status status = auth.status();
  std::int64_t expires = 0;
  if (auth.ok())
    status = (*auth)->provide(
        "b1:9092", [](void*, mr_str, mr_bytes, std::uint32_t) {}, nullptr, expires);
  EXPECT_EQ(status.id(), "MR1403");
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("${secret:env:NOT_THERE}: the environment variable NOT_THERE is not set."));
}

TEST_F(Good, SinkAnswersOnTheExecutorAndIsDrainedByStop) {
  auto sink = create<SinkInstance>(
      Kind::kSink, "scripted",
      R"({"outcomes":["retry","done"],"retry_after":250,"max_bytes":100,"max_records":3,"path":""})",
      {.component = "sink"});
  EXPECT_EQ(sink->max_in_flight(), 16u);
  EXPECT_EQ(sink->limits().max_bytes, 100u);
  struct Answers {
    std::mutex mutex;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> seen;
  } answers;
  const mr_completion completion{&answers, [](void* ctx, const mr_result* r) {
                                   auto& a = *static_cast<Answers*>(ctx);
                                   const std::lock_guard lock(a.mutex);
                                   a.seen.emplace_back(r->outcome, r->retry_after_ms);
                                 }};
  std::vector<mr_request> requests(6);
  for (mr_request& r : requests) {
    r.struct_size = sizeof r;
    EXPECT_EQ(sink->submit(r, completion), mr_status{MR_OK});
  }
  sink->stop(0);
  EXPECT_EQ(answers.seen.size(), 6u) << "every taken request is answered when stop() returns";
  EXPECT_THAT(answers.seen, testing::Contains(std::pair<std::uint32_t, std::uint32_t>(MR_RETRY, 250)));
}

TEST_F(Good, FilterAndEncoderMakeOneBody) {
  auto filter = create<FilterInstance>(Kind::kFilter, "contains", R"({"text":"b"})", {.component = "filters[0]"});
  auto encoder = create<EncoderInstance>(Kind::kEncoder, "lines", "{}", {.component = "encoder"});
  mr_record records[3] = {};
  const char* values[] = {"ab", "cd", "be"};
  for (int i = 0; i < 3; ++i) records[i].value = abi_bytes(values[i]);
  const mr_stream stream{};
  mr_batch batch{};
  batch.struct_size = sizeof batch, batch.record_stride = sizeof(mr_record), batch.stream_stride = sizeof(mr_stream);
  batch.count = 3, batch.stream_count = 1, batch.records = records, batch.streams = &stream;
  std::uint64_t keep = 7;
  ASSERT_TRUE(filter->apply(batch, &keep).ok());
  EXPECT_EQ(keep, 5u);

  struct Body {
    std::string text;
    std::size_t used = 0;
  } body;
  mr_writer writer{sizeof(mr_writer), 0, &body,
                   [](void* ctx, std::uint64_t size) {
                     auto& b = *static_cast<Body*>(ctx);
                     b.text.resize(b.used + size);
                     return reinterpret_cast<std::uint8_t*>(b.text.data() + b.used);
                   },
                   [](void* ctx, std::uint64_t used) { static_cast<Body*>(ctx)->used += used; }};
  std::uint32_t cursor = 0;
  ASSERT_EQ(encoder->encode(batch, &keep, {1'000, 10, 0}, cursor, writer), mr_status{MR_OK});
  EXPECT_EQ(body.text.substr(0, body.used), "ab\nbe\n");
  EXPECT_EQ(cursor, 3u);
}

}  // namespace
}  // namespace millrace::plugin
