// Three brokers that keep three copies of everything: a rolling restart, and the loss of a broker that leads partitions
// and coordinates the group, cost time and nothing else.
#include "tests/e2e/function/http_function.h"
#include "tests/e2e/scenarios/suite.h"

namespace millrace::e2e {
namespace {

using namespace std::chrono_literals;

class Replicas : public ::testing::Test {
 protected:
  static constexpr int kPartitions = 6;
  static constexpr const char* kTopic = "orders";

  Replicas()
      : kafka_({.version = version_under_test(),
                .brokers = 3,
                .properties = {{"min.insync.replicas", "2"}, {"offsets.topic.num.partitions", "1"}}}),
        function_(ledger_, scripts::after(2ms, scripts::faults(7, 0.03))) {
    kafka_.admin().create_topic(kTopic, kPartitions, 3, {{"min.insync.replicas", "2"}});
    sampler_ = std::make_unique<CommitSampler>(ledger_, kafka_.bootstrap(), kTopic, kTopic);
  }

  void produce(int count) {
    Producer producer(kafka_.bootstrap(), ledger_.producer());
    for (int i = 0; i < count; ++i)
      producer.produce({.topic = kTopic, .partition = i % kPartitions, .key = "k", .value = std::to_string(i)});
    producer.flush(120);
  }
  // Writes while a broker is away, and awaits that all of it arrives.
  void expect_flow(Host& host, const char* what, int count = 3'000) {
    produce(count);
    ASSERT_TRUE(ledger_.wait_until_delivered(120s)) << what << ": " << ledger_.delivered_count() << " delivered\n"
                                                    << host.tail();
  }

  void expect_same_member(const Group& before) {
    // A client of its own: an older one may still ask the coordinator of before.
    Admin admin(kafka_.bootstrap());
    Group after = admin.describe_group(kTopic);
    for (const auto deadline = std::chrono::steady_clock::now() + 30s;
         after.members != before.members && std::chrono::steady_clock::now() < deadline;) {
      Admin again(kafka_.bootstrap());
      after = again.describe_group(kTopic);
    }
    EXPECT_EQ(before.members, after.members) << "the member left the group and joined again";
  }

  Cluster kafka_;
  Ledger ledger_;
  HttpFunction function_;
  std::unique_ptr<CommitSampler> sampler_;
};

TEST_F(Replicas, ARollingRestartAndALostCoordinatorCostNoRecordAndRepeatNone) {
  Host host({.bootstrap = kafka_.bootstrap(), .sink = function_.sink("my-function")});
  host.start();
  ASSERT_NO_FATAL_FAILURE(expect_flow(host, "at the start"));
  const Group before = kafka_.admin().describe_group(kTopic);
  for (int broker = 0; broker < 3; ++broker) {
    kafka_.stop(broker);
    ASSERT_NO_FATAL_FAILURE(expect_flow(host, "while a broker restarts"));
    kafka_.start(broker);
    ASSERT_TRUE(kafka_.admin().wait_until_in_sync(3, 60s)) << kafka_.log_tail(broker);
  }
  expect_same_member(before);

  // The group's coordinator, which leads some of the topic's partitions as every broker does.
  const int lost = kafka_.admin().leader("__consumer_offsets", 0) - 1;
  ASSERT_GE(lost, 0);
  kafka_.kill(lost);
  ASSERT_NO_FATAL_FAILURE(expect_flow(host, "without the coordinator"));
  EXPECT_NE(Admin(kafka_.bootstrap()).leader("__consumer_offsets", 0) - 1, lost);
  expect_same_member(before);

  kafka_.start(lost);
  ASSERT_NO_FATAL_FAILURE(expect_flow(host, "with the lost one back"));
  ASSERT_TRUE(kafka_.admin().wait_until_in_sync(3, 60s)) << kafka_.log_tail(lost);

  // The old coordinator is there again and coordinates nothing: who gets partitions now has to ask the new one.
  EXPECT_NE(Admin(kafka_.bootstrap()).leader("__consumer_offsets", 0) - 1, lost);
  Host second({.bootstrap = kafka_.bootstrap(), .sink = function_.sink("second-host")});
  second.start();
  for (const auto deadline = std::chrono::steady_clock::now() + 60s;
       function_.calls_to("second-host") < 2 && std::chrono::steady_clock::now() < deadline;)
    ASSERT_NO_FATAL_FAILURE(expect_flow(host, "with a second host", 600));
  EXPECT_GE(function_.calls_to("second-host"), 2U) << second.tail();
  EXPECT_EQ(second.stop(), 0) << second.tail();
  ASSERT_NO_FATAL_FAILURE(expect_flow(host, "alone again"));

  for (int partition = 0; partition < kPartitions; ++partition)
    EXPECT_TRUE(sampler_->wait_for(partition, Admin(kafka_.bootstrap()).watermarks(kTopic, partition).second, 30s))
        << partition;
  EXPECT_EQ(host.stop(), 0) << host.tail();
  sampler_.reset();
  const Report report = check(ledger_.history(), {.no_duplicates = true});
  std::printf("Apache Kafka %s, three brokers: %s\n", version_under_test().c_str(), report.to_string().c_str());
  EXPECT_TRUE(report.ok()) << report.to_string();
  EXPECT_GE(report.delivered, 18'000U);
  EXPECT_TRUE(function_.complaints().empty()) << function_.complaints().front();
}

}  // namespace
}  // namespace millrace::e2e
