// The source on Kafka 0.10.0 and 2.8: it reads and commits; a start by time is refused where the cluster has none.
#include <gtest/gtest.h>

#include "member.h"
#include "tests/e2e/kafka/cluster.h"
#include "tests/e2e/kafka/legacy_broker.h"
#include "tests/e2e/kafka/producer.h"

namespace millrace::e2e {
namespace {

using kafka::kSecond;
using kafka::testing::Member;

TEST(KafkaSourceLegacy, ReadsCommitsAndResumes) {
  LegacyBroker broker(version_under_test());
  const bool before_0_10_1 = version_under_test().starts_with("0.10.0");
  const auto fill = [&] {
    Producer producer(broker.bootstrap(), {}, {{"enable.idempotence", "false"}});
    for (std::int32_t i = 0; i < 40; ++i) producer.produce({.topic = "orders", .partition = i % 4, .value = "v"});
    producer.flush();
  };
  const auto config = [&](const std::string& group, Config more = Config::object()) {
    Config c{{"bootstrap_servers", {broker.bootstrap()}}, {"topics", {"orders"}}, {"consumer_group_id", group}};
    c.update(more);
    return c;
  };
  fill();
  {
    Member member(config("g"));
    ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 40; }, 60 * kSecond));
    member.commit(10 * kSecond);
    member.instance->stop(static_cast<std::uint64_t>(kafka::now_ns() + 5 * kSecond));
  }
  fill();
  Member member(config("g"));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") >= 40; }, 60 * kSecond));
  for (std::int32_t p = 0; p < 4; ++p) EXPECT_EQ(member.offsets("orders", p), kafka::testing::counted(10, 10)) << p;

  Member by_time(config("t", {{"starting_position", {{"AT_TIMESTAMP", "2020-01-01T00:00:00Z"}}}}));
  if (before_0_10_1) {
    ASSERT_TRUE(by_time.run_until([&] { return by_time.health_id() == "MR3024"; }, 60 * kSecond));
    EXPECT_EQ(by_time.count("orders"), 0u);
  } else {
    ASSERT_TRUE(by_time.run_until([&] { return by_time.count("orders") == 80; }, 60 * kSecond));
  }
}

}  // namespace
}  // namespace millrace::e2e
