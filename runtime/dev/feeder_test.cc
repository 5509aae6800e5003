#include "runtime/dev/feeder.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/dev/sample_orders.h"

namespace millrace::dev {
namespace {

constexpr std::chrono::seconds kDeadline{20};

template <class Condition>
bool eventually(Condition&& condition) {
  const auto end = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(SampleOrders, AreTheSameEveryTimeAndOfEveryKind) {
  std::map<std::string, int> statuses;
  for (std::uint64_t n = 0; n < 1000; ++n) {
    const auto order = nlohmann::json::parse(sample_order(n).value);
    EXPECT_EQ(order.at("order"), 1000 + n);
    EXPECT_EQ(sample_order(n).value, sample_order(n).value);
    ++statuses[order.at("status")];
  }
  ASSERT_EQ(statuses.size(), 4u);
  for (const auto& [status, count] : statuses) EXPECT_GT(count, 150) << status;
}

TEST(Feeder, FeedsItsTotalAndSaysSo) {
  auto broker = EmbeddedBroker::start({"a", "b"}, 1);
  ASSERT_TRUE(broker.ok());
  Feeder feeder(**broker, {.topics = {"a", "b"}, .total = 100, .per_second = 0, .finished = [] { return 0; }});
  feeder.start();
  EXPECT_TRUE(eventually([&] { return feeder.done(); }));
  EXPECT_EQ(feeder.fed(), 100u);
}

TEST(Feeder, WaitsForAReaderThatIsSlow) {
  auto broker = EmbeddedBroker::start({"a"}, 1);
  ASSERT_TRUE(broker.ok());
  std::atomic<std::uint64_t> finished{0}, asked{0};
  Feeder feeder(**broker, {.topics = {"a"}, .total = 0, .per_second = 0, .finished = [&] {
                             ++asked;
                             return finished.load();
                           }});
  feeder.start();
  ASSERT_TRUE(eventually([&] { return feeder.fed() >= Feeder::kMostAhead; }));
  const std::uint64_t then = asked;
  ASSERT_TRUE(eventually([&] { return asked > then + 3; }));  // it has looked again, and still waits
  EXPECT_EQ(feeder.fed(), Feeder::kMostAhead);
  finished = 10;
  EXPECT_TRUE(eventually([&] { return feeder.fed() == Feeder::kMostAhead + 10; }));
  feeder.stop();
}

}  // namespace
}  // namespace millrace::dev
