// The oldest Apache Kafka that is supported, and the last line with ZooKeeper. $MILLRACE_TEST_KAFKA names the version.
#include <gtest/gtest.h>

#include "tests/e2e/function/http_function.h"
#include "tests/e2e/kafka/cluster.h"
#include "tests/e2e/kafka/legacy_broker.h"
#include "tests/e2e/ledger/checker.h"
#include "tests/e2e/scenarios/host.h"

namespace millrace::e2e {
namespace {

using namespace std::chrono_literals;

TEST(Legacy, RecordsArriveInOrderThroughFaultsAKillAndAStop) {
  LegacyBroker kafka(version_under_test());
  Ledger ledger;
  HttpFunction function(ledger, scripts::after(5ms, scripts::faults(1, 0.05)));
  const auto produce = [&](int count) {
    // 0.10 knows neither idempotence nor headers.
    Producer producer(kafka.bootstrap(), ledger.producer(), {{"enable.idempotence", "false"}, {"max.in.flight", "1"}});
    for (int i = 0; i < count; ++i) {
      const Bytes value = i % 10 == 0 ? Bytes() : Bytes("value " + std::to_string(i));
      producer.produce({.topic = "orders", .partition = i % 4, .key = "k" + std::to_string(i % 7), .value = value});
    }
    producer.flush();
  };
  produce(10'000);
  CommitSampler sampler(ledger, kafka.bootstrap(), "orders", "orders");
  Host host({.bootstrap = kafka.bootstrap(), .session_timeout = "6s", .sink = function.sink("my-function")});
  host.start();
  ASSERT_TRUE(ledger.wait_until_delivered(90s, 3'000)) << host.tail();
  ledger.disturbed();
  host.kill();
  function.close();
  ledger.disturbed();
  function.open();
  host.start();
  ASSERT_TRUE(ledger.wait_until_delivered(90s)) << ledger.delivered_count() << " delivered\n" << host.tail();
  EXPECT_EQ(host.stop(), 0) << host.tail();
  produce(10'000);
  host.start();
  ASSERT_TRUE(ledger.wait_until_delivered(90s)) << ledger.delivered_count() << " delivered\n" << host.tail();
  EXPECT_EQ(host.stop(), 0) << host.tail();
  const Report report = check(ledger.history());
  std::printf("Apache Kafka %s: %s\n", version_under_test().c_str(), report.to_string().c_str());
  EXPECT_TRUE(report.ok()) << report.to_string();
  if (version_under_test() != "0.10.0.0") {  // which answers no question about another group's offsets
    EXPECT_FALSE(ledger.history().samples.empty()) << "nothing was seen of the commits";
  }
}

}  // namespace
}  // namespace millrace::e2e
