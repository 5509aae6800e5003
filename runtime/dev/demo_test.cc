#include "runtime/dev/demo.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace millrace::dev {
namespace {

// Nothing here is about fields.
class AnyFields : public config::ComponentSchemas {
 public:
  const std::string* schema(config::ComponentKind, std::string_view) const override { return &kAny; }
  std::vector<std::string> types(config::ComponentKind) const override { return {}; }

 private:
  const std::string kAny = R"({"type":"object"})";
};

TEST(Demo, FeedsNothingBeforeThePipelineHasItsPartitions) {
  const AnyFields schemas;
  auto loaded = config::parse_pipeline(
      "name: mine\nsource: {type: self_managed_kafka, bootstrap_servers: [\"b1:9092\"], topics: [orders]}\n"
      "encoder: {type: lambda_event}\nsink: {type: lambda_invoke, function: f}\n",
      "mine.yaml", schemas, config::empty_environment());
  for (const Diagnostic& d : loaded.diagnostics) ADD_FAILURE() << d.to_string();
  ASSERT_TRUE(loaded.spec);
  ManualClock clock;
  auto demo = Demo::start(std::move(*loaded.spec),
                          {.endpoint = "http://127.0.0.1:1", .once = true, .print_event = {}, .clock = clock}, schemas);
  ASSERT_TRUE(demo.ok()) << demo.status().to_string();

  // A source that begins at the end would miss what came earlier; and the broker forgets what nobody reads.
  pipeline::PipelineStatus status;
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE((*demo)->step(status));
    clock.advance(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE((*demo)->summary(status).starts_with("0 records produced")) << (*demo)->summary(status);

  status.poller.streams = 2;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto all_fed = [&] { return (*demo)->summary(status).starts_with("200 records produced"); };
  while (!all_fed() && std::chrono::steady_clock::now() < deadline) {
    EXPECT_FALSE((*demo)->step(status));  // nothing is finished yet
    std::this_thread::yield();
  }
  EXPECT_TRUE(all_fed()) << (*demo)->summary(status);
  status.poller.counters.delivered = 200;
  while (!(*demo)->step(status) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ((*demo)->failure(), "");
}

}  // namespace
}  // namespace millrace::dev
