// A look into a queue of librdkafka's mock cluster: what it brings, and in whose epoch that was written.
#include "take.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "mock_kafka.h"

namespace millrace::kafka {
namespace {

using namespace std::chrono_literals;

TEST(Taker, TellsTheEpochOfEachRecordWhereTheLeaderChangedBetweenThem) {
  testing::MockKafka kafka(2);
  kafka.create_topic("t", 1);
  for (const int leader : {1, 2}) {
    rd_kafka_mock_partition_set_leader(kafka.cluster(), "t", 0, leader);
    kafka.produce("t", 0, leader * 10, 10);
  }
  const auto consumer = kafka.consumer("t");
  const Owned<rd_kafka_queue_t, rd_kafka_queue_destroy> queue(rd_kafka_queue_get_partition(consumer.get(), "t", 0));
  rd_kafka_queue_forward(queue.get(), nullptr);
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (rd_kafka_queue_length(queue.get()) < 20 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();

  Taker taker(std::make_shared<std::atomic<std::int64_t>>(0), false);
  const Taken both = taker.take(queue.get(), 0, 15, FetchedRecords::Keeping::kCopies);
  ASSERT_TRUE(both.records);
  ASSERT_EQ(both.records->records.size(), 15u);
  const std::int32_t first = both.epochs.before(1), second = first + 1;
  EXPECT_GE(first, 0);
  for (int next = 1; next <= 15; ++next) EXPECT_EQ(both.epochs.before(next), next <= 10 ? first : second) << next;
  const Taken rest = taker.take(queue.get(), 15, 15, FetchedRecords::Keeping::kCopies);
  ASSERT_TRUE(rest.records);
  ASSERT_EQ(rest.records->records.size(), 5u);
  EXPECT_EQ(rest.epochs.before(20), second);
}

}  // namespace
}  // namespace millrace::kafka
