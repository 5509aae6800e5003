// Start positions, transactions, positions that vanish, groups of several members: on a real cluster.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/e2e/kafka/producer.h"
#include "tests/e2e/source/shared_cluster.h"

namespace millrace::e2e {
namespace {

using kafka::kMillisecond;
using kafka::kSecond;
using kafka::now_ns;
using kafka::testing::counted;
using kafka::testing::Member;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void fill(const std::string& topic, std::int32_t partition, int count, std::int64_t first_timestamp = 0) {
  Producer producer(cluster().bootstrap());
  for (int i = 0; i < count; ++i)
    producer.produce({.topic = topic,
                      .partition = partition,
                      .value = std::to_string(i),
                      .timestamp = first_timestamp == 0 ? 0 : first_timestamp + i * 1000});
  producer.flush();
}

// A member of another make: librdkafka alone, eager.
class RangeConsumer {
 public:
  explicit RangeConsumer(const std::string& topic)
      : client_(make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", cluster().bootstrap()},
                                                {"group.id", topic},
                                                {"partition.assignment.strategy", "range"},
                                                {"session.timeout.ms", "6000"},
                                                {"auto.offset.reset", "earliest"},
                                                {"enable.auto.commit", "false"}})) {
    rd_kafka_poll_set_consumer(client_);
    const kafka::PartitionList list = kafka::make_list(1);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(client_, list.get());
  }
  ~RangeConsumer() { rd_kafka_destroy(client_); }
  void turn() {
    if (rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 20)) rd_kafka_message_destroy(message);
  }
  int owned() const {
    rd_kafka_topic_partition_list_t* raw = nullptr;
    rd_kafka_assignment(client_, &raw);
    const kafka::PartitionList list(raw);
    return list ? list->cnt : 0;
  }

 private:
  rd_kafka_t* client_;
};

TEST(KafkaSource, BeginsAtATimeAndAtTheEndWhereNoRecordIsThatLate) {
  const std::string topic = new_topic(2);
  constexpr std::int64_t kFirst = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
  fill(topic, 0, 10, kFirst);
  fill(topic, 1, 5, kFirst - 86'400'000);
  Member member(source_config(topic, {{"starting_position", {{"AT_TIMESTAMP", "2026-01-01T00:00:03.5Z"}}}}));
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 6; }));
  EXPECT_EQ(member.offsets(topic, 0), counted(4, 6));
  EXPECT_THAT(member.offsets(topic, 1), ElementsAre());
  EXPECT_EQ(cluster().admin().committed(topic, topic), (std::map<std::int32_t, std::int64_t>{{0, 4}, {1, 5}}));
}

TEST(KafkaSource, PinsLatestForEveryPartitionAndReadsLaterOnesFromTheirBeginning) {
  const std::string topic = new_topic(2);
  fill(topic, 0, 10);
  Member member(source_config(topic, {{"starting_position", "LATEST"}}));
  ASSERT_TRUE(member.run_until([&] { return member.owned() == 2; }));
  EXPECT_EQ(cluster().admin().committed(topic, topic), (std::map<std::int32_t, std::int64_t>{{0, 10}, {1, 0}}));
  cluster().admin().create_partitions(topic, 4);
  fill(topic, 3, 7);  // before any member can have noticed the partition
  fill(topic, 0, 1);
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 8; }));
  EXPECT_EQ(member.offsets(topic, 3), counted(0, 7));
  EXPECT_EQ(member.offsets(topic, 0), counted(10, 1));
}

TEST(KafkaSource, HidesAbortedRecordsAndReachesTheEndOfATransactionalLog) {
  const std::string topic = new_topic();
  rd_kafka_t* producer =
      make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", cluster().bootstrap()}, {"transactional.id", topic}});
  ASSERT_EQ(rd_kafka_init_transactions(producer, 30'000), nullptr);
  for (const bool commit : {true, false, true, false}) {
    ASSERT_EQ(rd_kafka_begin_transaction(producer), nullptr);
    for (int i = 0; i < 3; ++i)
      rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_VALUE(const_cast<char*>(commit ? "yes" : "no"), commit ? 3u : 2u),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    rd_kafka_flush(producer, 10'000);
    ASSERT_EQ(commit ? rd_kafka_commit_transaction(producer, 30'000) : rd_kafka_abort_transaction(producer, 30'000),
              nullptr);
  }
  rd_kafka_destroy(producer);
  Member member(source_config(topic));
  const auto state = [&] { return member.host.streams().states[member.stream_of(topic, 0)]; };
  ASSERT_TRUE(
      member.run_until([&] { return member.count(topic) >= 6 && state().end > 0 && state().next == state().end; }));
  EXPECT_THAT(member.offsets(topic, 0), ElementsAre(0, 1, 2, 8, 9, 10));
  EXPECT_EQ(state().end, 16);
  for (const auto& got : member.got[{topic, 0}]) EXPECT_EQ(got.value, "yes");
}

TEST(KafkaSource, SaysThatTheLogGaveTheTime) {
  const std::string topic = new_topic(1, {{"message.timestamp.type", "LogAppendTime"}});
  fill(topic, 0, 1);
  Member member(source_config(topic));
  std::uint32_t type = MR_TIME_UNKNOWN;
  const std::int64_t deadline = now_ns() + 30 * kSecond;
  while (type == MR_TIME_UNKNOWN && now_ns() < deadline) {
    const auto polled = member.instance->poll(10, 1 << 20, 50);
    if (polled.size() > 0) type = polled.batch().timestamp_type(0);
  }
  EXPECT_EQ(type, std::uint32_t{MR_TIME_LOG_APPEND});
}

// The host is at 5 of 20 when the log's start moves to 15; nothing more was fetched.
void lose_position(Member& member, const std::string& topic) {
  fill(topic, 0, 5);
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 5; }));
  member.commit(10 * kSecond);
  member.instance->stop(static_cast<std::uint64_t>(now_ns() + 5 * kSecond));
  fill(topic, 0, 15);
  cluster().admin().delete_records(topic, 0, 15);
}

TEST(KafkaSource, StopsAPartitionWhosePositionWasDeleted) {
  const std::string topic = new_topic(2);
  {
    Member member(source_config(topic));
    ASSERT_NO_FATAL_FAILURE(lose_position(member, topic));
  }
  Member member(source_config(topic));
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3022"; }));
  EXPECT_THAT(member.host.last_health()->problem.detail(), HasSubstr("should go on at 5; its log starts at 15"));
  fill(topic, 1, 3);
  ASSERT_TRUE(member.run_until([&] { return member.offsets(topic, 1).size() == 3; }));
  EXPECT_THAT(member.offsets(topic, 0), ElementsAre());
}

TEST(KafkaSource, GoesOnAtTheEarliestRecordAndCountsWhatIsGone) {
  const std::string topic = new_topic();
  {
    Member member(source_config(topic));
    ASSERT_NO_FATAL_FAILURE(lose_position(member, topic));
  }
  Member member(source_config(topic, {{"on_offset_lost", "earliest"}}));
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 5; }));
  EXPECT_EQ(member.offsets(topic, 0), counted(15, 5));
  EXPECT_EQ(member.host.metric("records_lost_before_read_total").sum(), 10);
  EXPECT_EQ(member.host.streams().assigned.size(), 1u);  // the same stream: what it holds in retry stays deliverable
}

TEST(KafkaSource, GoesOnUnderTheRangeProtocolToo) {
  const std::string topic = new_topic(4);
  {
    Member member(source_config(topic));
    ASSERT_NO_FATAL_FAILURE(lose_position(member, topic));
  }
  RangeConsumer other(topic);
  const std::int64_t deadline = now_ns() + 30 * kSecond;
  while (other.owned() != 4 && now_ns() < deadline) other.turn();
  ASSERT_EQ(other.owned(), 4);
  Member member(source_config(topic, {{"on_offset_lost", "earliest"}}));
  ASSERT_TRUE(member.run_until([&] {
    other.turn();
    return member.owned() == 2 && other.owned() == 2;
  }));
  EXPECT_TRUE(member.host.logged("subscribed"));
  for (std::int32_t p = 0; p < 4; ++p) fill(topic, p, 3);
  ASSERT_TRUE(member.run_until([&] {
    other.turn();
    return member.count(topic) >= 6;
  }));
  const auto mine = member.host.streams().assigned;
  for (const auto& stream : mine) {
    if (stream.partition == 0)
      EXPECT_EQ(member.offsets(topic, 0), counted(15, 8));
    else
      EXPECT_EQ(member.offsets(topic, stream.partition), counted(0, 3));
  }
}

TEST(KafkaSource, SharesAGroupWithoutLossOrRepetition) {
  const std::string topic = new_topic(6);
  Member first(source_config(topic), [](auto& host) { host.host_id = "one"; });
  for (std::int32_t p = 0; p < 6; ++p) fill(topic, p, 50);
  ASSERT_TRUE(first.run_until([&] { return first.count(topic) == 300; }));
  Member second(source_config(topic), [](auto& host) { host.host_id = "two"; });
  ASSERT_TRUE(first.run_until([&] {
    second.turn();
    return first.owned() == 3 && second.owned() == 3;
  }));
  for (std::int32_t p = 0; p < 6; ++p) fill(topic, p, 50);
  ASSERT_TRUE(first.run_until([&] {
    second.turn();
    return first.count(topic) + second.count(topic) >= 600;
  }));
  for (std::int32_t p = 0; p < 6; ++p) {
    auto all = first.offsets(topic, p);
    for (const std::int64_t offset : second.offsets(topic, p)) all.push_back(offset);
    EXPECT_EQ(all, counted(0, 100)) << p;
  }
}

TEST(KafkaSource, RestartsAsAStaticMemberWithoutARebalance) {
  const std::string topic = new_topic(2);
  const auto named = [](const char* id) { return [id](auto& host) { host.host_id = id; }; };
  Member stays(source_config(topic), named("stays"));
  std::optional<Member> restarts;
  restarts.emplace(source_config(topic), named("restarts"));
  ASSERT_TRUE(stays.run_until([&] {
    restarts->turn();
    return stays.owned() == 1 && restarts->owned() == 1;
  }));
  const std::size_t assigned = stays.host.streams().assigned.size();
  restarts->instance->stop(static_cast<std::uint64_t>(now_ns() + 5 * kSecond));
  restarts.emplace(source_config(topic), named("restarts"));
  ASSERT_TRUE(stays.run_until([&] {
    restarts->turn();
    return restarts->owned() == 1;
  }));
  EXPECT_EQ(stays.host.streams().assigned.size(), assigned);
  EXPECT_TRUE(stays.host.streams().lost.empty());
}

TEST(KafkaSource, JoinsUnderAnotherNameWhenItsIdIsTaken) {
  const std::string topic = new_topic(2);
  const auto same = [](auto& host) { host.host_id = "twin"; };
  Member first(source_config(topic), same);
  ASSERT_TRUE(first.run_until([&] { return first.owned() == 2; }));
  Member second(source_config(topic), same);
  ASSERT_TRUE(first.run_until([&] {
    second.turn();
    return first.said("MR3026") || second.said("MR3026");
  }));
  ASSERT_TRUE(first.run_until(
      [&] {
        second.turn();
        return first.owned() == 1 && second.owned() == 1;
      },
      60 * kSecond));
}

TEST(KafkaSource, ComesBackAfterTheHostForgotToPoll) {
  const std::string topic = new_topic();
  fill(topic, 0, 3);
  Member member(source_config(topic, {{"librdkafka", {{"max.poll.interval.ms", 6000}}}}));
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 3; }));
  member.commit(5 * kSecond);
  // Nothing to wait for but time: the client leaves the group by itself.
  std::this_thread::sleep_for(std::chrono::milliseconds(7500));
  ASSERT_TRUE(member.run_until([&] { return !member.host.streams().lost.empty(); }));
  EXPECT_TRUE(member.said("MR3025") || member.said("MR3021"));
  ASSERT_TRUE(member.run_until([&] { return member.owned() == 1 && member.health_id() == ""; }));
}

TEST(KafkaSource, SurvivesABrokerThatIsKilledAndStartedAgain) {
  const std::string topic = new_topic(2);
  fill(topic, 0, 10);
  Member member(source_config(topic));
  ASSERT_TRUE(member.run_until([&] { return member.count(topic) == 10; }));
  member.commit(5 * kSecond);
  cluster().kill(0);
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3011"; }));
  cluster().start(0);
  fill(topic, 0, 10);
  ASSERT_TRUE(member.run_until([&] { return member.offsets(topic, 0).size() >= 20; }, 60 * kSecond));
  EXPECT_EQ(member.offsets(topic, 0), counted(0, 20));
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == ""; }));
}

}  // namespace
}  // namespace millrace::e2e
