// The wrapper's promises towards hosts of another age and components that misbehave, seen from the tables.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

#include <array>

#include "broken_components.h"

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance

struct Counting {
  static constexpr millrace::Info info{.type = "counting", .summary = "", .schema = "{}", .needs = MR_NEED_KEY};
  static constexpr std::uint32_t caps = MR_CAP_NETWORK;
  Counting(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch, millrace::Selection) { ++calls; }  // not const: it changes
  int calls = 0;
};

struct MovesTheCursorAndThrows {
  static constexpr millrace::Info info{.type = "moves", .summary = "", .schema = "{}", .content_type = "text/moved"};
  MovesTheCursorAndThrows(millrace::Host, const millrace::Config&) {}
  bool encode(millrace::Batch, const std::uint64_t*, millrace::Limits, std::uint32_t& cursor, millrace::Writer&) {
    cursor = 7;
    throw std::bad_alloc();
  }
};

struct HoldsATimer : KeepsLongValues {
  HoldsATimer(millrace::Host host, const millrace::Config& config)
      : KeepsLongValues(host, config), timer(host.executor().after(std::chrono::seconds(1), [] {})) {}
  millrace::Timer timer;  // destroyed after stop(), when the host must not be called any more
};

struct LogsInItsDestructor : KeepsLongValues {
  LogsInItsDestructor(millrace::Host h, const millrace::Config& config) : KeepsLongValues(h, config), host(h) {}
  ~LogsInItsDestructor() { host.log().info("too late"); }
  millrace::Host host;
};

struct ThrowsEverywhere : SinkBase {
  using SinkBase::SinkBase;
  void start() { throw std::runtime_error("start"); }
  void stop(std::uint64_t) { throw std::runtime_error("stop"); }
  mr_limits limits() { throw std::runtime_error("limits"); }
  const void* extension(std::string_view) { throw std::runtime_error("extension"); }
  bool submit(const mr_request&, millrace::Completion&) { throw std::runtime_error("submit"); }
};

constexpr mr_error_info kErrors[] = {{"XX1", "title", "cause", "remedy"}, {"XX2", "title", "cause", "remedy"}};
constexpr millrace::PluginInfo kPlugin{.name = "org.example.whole",
                                       .version = "1.2.3",
                                       .vendor = "Example",
                                       .license = "MIT",
                                       .url = "https://example.org",
                                       .needs_host_minor = 3,
                                       .errors = kErrors};

TEST(Wrapper, SaysThatAComponentIsConcurrentOnlyWhenItsHotFunctionIsConst) {
  EXPECT_EQ(millrace::filter<KeepsLongValues>.caps, MR_CAP_CONCURRENT);
  EXPECT_EQ(millrace::filter<Counting>.caps, MR_CAP_NETWORK);
  EXPECT_EQ(millrace::encoder<Lines>.caps, MR_CAP_CONCURRENT);
  EXPECT_EQ(millrace::encoder<MovesTheCursorAndThrows>.caps, 0u);
  EXPECT_EQ(millrace::sink<Echo>.caps, 0u);
  EXPECT_EQ(millrace::filter<Counting>.needs, MR_NEED_KEY);
}

TEST(Wrapper, FillsInTheWholeDescriptorOfAPlugin) {
  static constexpr auto kParts =
      millrace::detail::plugin_parts(kPlugin, &millrace::filter<Counting>, &millrace::sink<Echo>);
  const mr_plugin p = millrace::detail::plugin_table(kParts);
  EXPECT_EQ(p.struct_size, sizeof(mr_plugin));
  EXPECT_EQ(p.abi_major, MR_ABI_MAJOR);
  EXPECT_EQ(p.needs_host_minor, 3u);
  EXPECT_EQ(std::string(p.name) + p.version + p.vendor + p.license + p.url,
            "org.example.whole1.2.3ExampleMIThttps://example.org");
  EXPECT_EQ(p.component_count, 2u);
  EXPECT_STREQ(p.components[1]->type, "sink");
  EXPECT_EQ(p.error_count, 2u);
  EXPECT_STREQ(p.errors[1].id, "XX2");
}

TEST(Wrapper, WritesNoFurtherThanTheBatchOfAnOlderHostReaches) {
  FakeHost host;
  Instance source(millrace::source<Numbers>, host);
  struct {
    mr_batch batch;
    std::array<unsigned char, 64> beyond;
  } memory{};
  memory.beyond.fill(0xEE);
  // Pretend that the plugin's mr_batch is the longer one: the host's ends before `release`.
  memory.batch.struct_size = offsetof(mr_batch, release);
  host.set_polling(true);
  mr_error error{};
  error.struct_size = sizeof error;
  const auto& table = source.table<mr_source_v1>();
  ASSERT_EQ(table.poll(source.self(), 2, 100, 0, &memory.batch, &error), MR_OK);
  EXPECT_EQ(memory.batch.struct_size, offsetof(mr_batch, release));
  EXPECT_EQ(memory.batch.count, 2u);
  EXPECT_EQ(memory.batch.release, nullptr);
  for (const unsigned char c : memory.beyond) ASSERT_EQ(c, 0xEE);
  delete static_cast<millrace::Records*>(memory.batch.owner);
}

TEST(Wrapper, PutsAnEncodersContentTypeIntoItsTable) {
  FakeHost host;
  EXPECT_EQ(
      millrace::view(Instance(millrace::encoder<MovesTheCursorAndThrows>, host).table<mr_encoder_v1>().content_type),
      "text/moved");
}

TEST(Wrapper, LeavesTheCursorAloneWhenAnEncoderFails) {
  FakeHost host;
  Instance encoder(millrace::encoder<MovesTheCursorAndThrows>, host);
  BatchBuilder builder;
  const mr_limits limits{100, 10, 0};
  std::uint32_t cursor = 0;
  std::uint64_t keep = 0;
  mr_writer writer{};
  mr_error error{};
  error.struct_size = sizeof error;
  EXPECT_EQ(
      encoder.table<mr_encoder_v1>().encode(encoder.self(), builder.build(), &keep, &limits, &cursor, &writer, &error),
      MR_RESOURCE_EXHAUSTED);
  EXPECT_EQ(cursor, 0u);
  EXPECT_STREQ(error.message, "out of memory");
}

TEST(Wrapper, LetsNoExceptionOutOfAnyFunction) {
  FakeHost host;
  SinkDriver sink(millrace::sink<ThrowsEverywhere>, host);
  EXPECT_THROW(sink.start(), millrace::Error);
  EXPECT_THROW(sink.submit({}), millrace::Error);
  EXPECT_EQ(sink.limits().max_bytes, 0u);
  EXPECT_EQ(sink.instance().extension<void>("anything"), nullptr);
  sink.stop();
  EXPECT_TRUE(sink.violations().empty());
}

TEST(Wrapper, LetsATimerBeDestroyedAfterStop) {
  FakeHost host;
  { Instance filter(millrace::filter<HoldsATimer>, host); }
  EXPECT_TRUE(host.violations().empty());
}

TEST(FakeHost, NoticesACallAfterStop) {
  FakeHost host;
  { Instance filter(millrace::filter<LogsInItsDestructor>, host); }
  EXPECT_EQ(host.violations(), std::vector<std::string>{"the host was called after stop()"});
}

TEST(Wrapper, LeavesAnErrorAloneThatAHostHasNoRoomFor) {
  FakeHost host;
  Instance filter(millrace::filter<ThrowsANumber>, host);
  BatchBuilder builder;
  std::uint64_t keep = 0;
  EXPECT_EQ(filter.table<mr_filter_v1>().apply(filter.self(), builder.build(), &keep, nullptr), MR_INTERNAL);
}

TEST(Wrapper, ReadsABatchByItsStrides) {
  BatchBuilder builder;  // strides larger than the structs
  builder.key_value("a", "1").add({.key = "b", .value = "2", .topic = "other"});
  const millrace::Batch batch = builder.batch();
  EXPECT_EQ(batch.key(1), "b");
  EXPECT_EQ(millrace::view(batch.stream(1).name), "other");
}

}  // namespace
