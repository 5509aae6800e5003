// Start positions against a cluster that is a test: every question is kept until the test answers it.
#include "start_positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <millrace/testing.hpp>

namespace millrace::kafka {
namespace {

using ::testing::ElementsAre;

class FakeCluster final : public Queries {
 public:
  struct Question {
    std::string what;
    std::vector<PartitionOffset> partitions;
    std::int64_t spec = 0;
    Then then;
  };
  void describe_topic(const std::string& topic, Then then) override { ask("describe " + topic, {}, 0, then); }
  void describe_group(Then then) override { ask("group", {}, 0, then); }
  void committed(const std::vector<PartitionOffset>& p, Then then) override { ask("committed", p, 0, then); }
  void offsets_at(const std::vector<PartitionOffset>& p, std::int64_t spec, Then then) override {
    ask("offsets", p, spec, then);
  }
  void commit_as_outsider(const std::vector<PartitionOffset>& p, Then then) override { ask("commit", p, 0, then); }
  bool finds_offsets_by_time() override { return by_time; }

  // The oldest open question, which has to be this one.
  Question take(const std::string& what) {
    if (open.empty()) throw std::runtime_error("nothing is asked; expected " + what);
    Question q = std::move(open.front());
    open.pop_front();
    if (q.what != what) throw std::runtime_error("asked: " + q.what + "; expected " + what);
    return q;
  }
  // Answers an offset question; a missing one is -1.
  void offsets(const Question& q, const std::vector<std::int64_t>& values,
               rd_kafka_resp_err_t each = RD_KAFKA_RESP_ERR_NO_ERROR) {
    Answer answer;
    answer.offsets = q.partitions;
    for (std::size_t i = 0; i < answer.offsets.size(); ++i) {
      answer.offsets[i].offset = i < values.size() ? values[i] : -1;
      answer.offsets[i].error = each;
    }
    q.then(answer);
  }
  void partitions(const Question& q, std::int32_t count) {
    Answer answer;
    for (std::int32_t p = 0; p < count; ++p) answer.partitions.push_back(p);
    q.then(answer);
  }
  void fail(const Question& q, rd_kafka_resp_err_t error) {
    Answer answer;
    answer.error = error;
    answer.text = rd_kafka_err2str(error);
    q.then(answer);
  }
  std::deque<Question> open;
  bool by_time = true;

 private:
  void ask(std::string what, std::vector<PartitionOffset> partitions, std::int64_t spec, Then then) {
    open.push_back({std::move(what), std::move(partitions), spec, std::move(then)});
  }
};

class StartPositionsTest : public ::testing::Test {
 protected:
  void make(Config more = Config::object()) {
    Config config{{"bootstrap_servers", {"b:1"}}, {"topics", {"t"}}};
    config.update(more);
    settings = parse_settings(config, "g", "", 0);
    const Host h(host.abi());
    health.emplace(h.health());
    starts.emplace(settings, cluster, h.state(), h.log(), *health, Timing{});
    starts->step(now);
  }
  void at_committed(std::int32_t partitions = 2) {
    cluster.partitions(cluster.take("describe t"), partitions);
    cluster.offsets(cluster.take("committed"), {});
  }
  std::vector<std::int64_t> offsets(const FakeCluster::Question& q) {
    std::vector<std::int64_t> all;
    for (const auto& p : q.partitions) all.push_back(p.offset);
    return all;
  }
  std::string health_id() {
    const auto last = host.last_health();
    return last && last->state != MR_HEALTHY ? last->problem.id() : "";
  }

  millrace::testing::FakeHost host;
  FakeCluster cluster;
  Settings settings;
  std::optional<HealthBoard> health;
  std::optional<StartPositions> starts;
  std::int64_t now = 1000 * kSecond;
  const std::string note = "kafka.start.g%2ft";
};

TEST_F(StartPositionsTest, PinsEveryPartitionAndNotesItBeforeTheTopicIsReady) {
  make();
  at_committed();
  const auto starts_question = cluster.take("offsets");
  EXPECT_EQ(starts_question.spec, RD_KAFKA_OFFSET_SPEC_EARLIEST);
  cluster.offsets(starts_question, {5, 7});
  const auto commit = cluster.take("commit");
  EXPECT_THAT(offsets(commit), ElementsAre(5, 7));
  EXPECT_TRUE(starts->ready_topics().empty());
  EXPECT_TRUE(host.state().empty());
  cluster.offsets(commit, {5, 7});
  EXPECT_THAT(starts->ready_topics(), ElementsAre("t"));
  EXPECT_EQ(host.state().at(note), "TRIM_HORIZON");
  EXPECT_EQ(starts->partitions_in_all(), 2);
}

TEST_F(StartPositionsTest, LeavesACommittedGroupAsItIs) {
  make({{"starting_position", "LATEST"}});
  cluster.partitions(cluster.take("describe t"), 3);
  cluster.offsets(cluster.take("committed"), {-1, 12, -1});
  EXPECT_THAT(starts->ready_topics(), ElementsAre("t"));
  EXPECT_TRUE(cluster.open.empty());
  EXPECT_EQ(starts->pinned("t", 0), std::nullopt);
  EXPECT_EQ(host.state().count(note), 1u);
}

TEST_F(StartPositionsTest, AsksForTheEndBeforeTheTimeAndUsesItWhereNoRecordIsThatLate) {
  make({{"starting_position", {{"AT_TIMESTAMP", "1970-01-01T00:01:00Z"}}}});
  at_committed(3);
  const auto ends = cluster.take("offsets");
  EXPECT_EQ(ends.spec, RD_KAFKA_OFFSET_SPEC_LATEST);
  cluster.offsets(ends, {10, 20, 30});
  const auto times = cluster.take("offsets");
  EXPECT_EQ(times.spec, 60'000);
  cluster.offsets(times, {4, -1, 30});
  EXPECT_THAT(offsets(cluster.take("commit")), ElementsAre(4, 20, 30));
}

TEST_F(StartPositionsTest, RefusesATimeWhereTheClusterCannotSearchByIt) {
  cluster.by_time = false;
  make({{"starting_position", {{"AT_TIMESTAMP", "1970-01-01T00:01:00Z"}}}});
  at_committed();
  EXPECT_TRUE(cluster.open.empty());
  EXPECT_EQ(health_id(), "MR3024");
  EXPECT_STREQ(host.last_health()->problem.what(), "starting_position AT_TIMESTAMP needs Kafka 0.10.1 or later.");
  EXPECT_TRUE(starts->ready_topics().empty());
  cluster.by_time = true;
  starts->step(now + 31 * kSecond);
  at_committed();
  EXPECT_EQ(cluster.take("offsets").spec, RD_KAFKA_OFFSET_SPEC_LATEST);
}

TEST_F(StartPositionsTest, ReadsAgainWhenAnotherMemberWasFaster) {
  make({{"starting_position", "LATEST"}});
  at_committed();
  cluster.offsets(cluster.take("offsets"), {10, 20});
  cluster.offsets(cluster.take("commit"), {10, 20}, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  cluster.offsets(cluster.take("committed"), {9, 19});
  EXPECT_THAT(starts->ready_topics(), ElementsAre("t"));
  EXPECT_EQ(starts->pinned("t", 0), std::nullopt);
}

TEST_F(StartPositionsTest, KeepsItsPinsForTheOwnersWhenTheGroupHasMembersAndNothingCommitted) {
  make({{"starting_position", "LATEST"}});
  at_committed();
  cluster.offsets(cluster.take("offsets"), {10, 20});
  cluster.offsets(cluster.take("commit"), {10, 20}, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  cluster.offsets(cluster.take("committed"), {});
  EXPECT_THAT(starts->ready_topics(), ElementsAre("t"));
  EXPECT_EQ(starts->pinned("t", 1), 20);
}

TEST_F(StartPositionsTest, StopsWhenOffsetsVanishedAfterAnActivationAndGoesOnWhenTheyAreBack) {
  host.put_state(note, "LATEST");
  make();
  at_committed();
  EXPECT_EQ(health_id(), "MR3023");
  EXPECT_TRUE(starts->looked_at_all());
  EXPECT_TRUE(cluster.open.empty());
  starts->step(now += 3 * kSecond);
  cluster.partitions(cluster.take("describe t"), 2);
  cluster.offsets(cluster.take("committed"), {3, 4});
  starts->step(now);
  EXPECT_THAT(starts->ready_topics(), ElementsAre("t"));
  EXPECT_EQ(health_id(), "");
}

TEST_F(StartPositionsTest, FollowsOnOffsetLost) {
  for (const auto& [policy, spec] :
       {std::pair("earliest", RD_KAFKA_OFFSET_SPEC_EARLIEST), std::pair("latest", RD_KAFKA_OFFSET_SPEC_LATEST)}) {
    cluster.open.clear();
    host.put_state(note, "TRIM_HORIZON");
    make({{"on_offset_lost", policy}});
    at_committed();
    EXPECT_EQ(cluster.take("offsets").spec, spec) << policy;
  }
}

TEST_F(StartPositionsTest, SaysOnlyAfterAMinuteThatATopicIsUnknown) {
  make();
  cluster.fail(cluster.take("describe t"), RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  EXPECT_TRUE(starts->looked_at_all());
  for (int i = 0; i < 29; ++i) {
    starts->step(now += 2 * kSecond);
    EXPECT_EQ(health_id(), "") << i;
    cluster.fail(cluster.take("describe t"), RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  }
  starts->step(now += 2 * kSecond);
  EXPECT_EQ(health_id(), "MR3020");
  at_committed();
  cluster.offsets(cluster.take("offsets"), {0, 0});
  cluster.offsets(cluster.take("commit"), {0, 0});
  starts->step(now);
  EXPECT_EQ(health_id(), "");
}

TEST_F(StartPositionsTest, TriesAgainAfterEveryKindOfFailure) {
  make();
  const auto again = [&] {
    EXPECT_TRUE(cluster.open.empty());
    EXPECT_TRUE(starts->ready_topics().empty());
    EXPECT_LE(starts->next_wake(), now + 1 * kSecond);
    starts->step(now += 1 * kSecond);
  };
  cluster.fail(cluster.take("describe t"), RD_KAFKA_RESP_ERR__TRANSPORT);
  again();
  cluster.partitions(cluster.take("describe t"), 2);
  cluster.offsets(cluster.take("committed"), {}, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
  EXPECT_EQ(health_id(), "MR3016");
  again();
  at_committed();
  cluster.offsets(cluster.take("offsets"), {}, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
  again();
  at_committed();
  cluster.offsets(cluster.take("offsets"), {1, 2});
  cluster.offsets(cluster.take("commit"), {1, 2}, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  again();
  at_committed();
  cluster.offsets(cluster.take("offsets"), {1, 2});
  cluster.offsets(cluster.take("commit"), {1, 2});
  starts->step(now);
  EXPECT_THAT(starts->ready_topics(), ElementsAre("t"));
  EXPECT_EQ(health_id(), "");
}

TEST_F(StartPositionsTest, WritesAnyGroupNameAsAPlainKey) {
  make({{"consumer_group_id", "a b/ü"}});
  at_committed();
  cluster.offsets(cluster.take("offsets"), {0, 0});
  cluster.offsets(cluster.take("commit"), {0, 0});
  EXPECT_EQ(host.state().begin()->first, "kafka.start.a%20b%2f%c3%bc%2ft");
}

}  // namespace
}  // namespace millrace::kafka
