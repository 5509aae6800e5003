// The source in a consumer group of librdkafka's mock cluster, with a host that is a test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "forgetful_broker.h"
#include "member.h"
#include "mock_kafka.h"

namespace millrace::kafka::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Config config(const MockKafka& kafka, Config more = Config::object()) {
  Config c{{"bootstrap_servers", Config::array()},
           {"topics", {"orders"}},
           {"session_timeout", "6s"},
           {"librdkafka", {{"reconnect.backoff.max.ms", 300}, {"topic.metadata.refresh.interval.ms", 500}}}};
  std::string servers = kafka.bootstrap();
  for (std::size_t at = 0; at <= servers.size();) {
    const std::size_t comma = std::min(servers.find(',', at), servers.size());
    c["bootstrap_servers"].push_back(servers.substr(at, comma - at));
    at = comma + 1;
  }
  c.update(more);
  return c;
}

// For a test that polls by itself.
template <class Look>
bool looks_until(Look&& look, std::int64_t at_most = 30 * kSecond) {
  for (const std::int64_t deadline = now_ns() + at_most; now_ns() < deadline;)
    if (look()) return true;
  return false;
}

TEST(Source, GivesEveryRecordOnceInOrderAndResumesWhereItCommitted) {
  MockKafka kafka;
  kafka.create_topic("orders", 4);
  for (int p = 0; p < 4; ++p) kafka.produce("orders", p, 0, 300);
  std::map<std::string, std::string> notes;
  {
    Member first(config(kafka));
    ASSERT_TRUE(first.run_until([&] { return first.count("orders") == 1200; }));
    for (int p = 0; p < 4; ++p) EXPECT_EQ(first.offsets("orders", p), counted(0, 300)) << p;
    EXPECT_EQ(first.host.streams().assigned.size(), 4u);
    EXPECT_EQ(first.host.streams().streams_in_all, 4u);
    first.commit(10 * kSecond);
    ASSERT_TRUE(
        first.run_until([&] { return first.host.streams().states[first.stream_of("orders", 0)].committed == 300; }));
    EXPECT_EQ(first.health_id(), "");
    EXPECT_THAT(first.host.violations(), ElementsAre());
    notes = first.host.state();
    EXPECT_THAT(notes, ElementsAre(std::pair("kafka.start.test-pipeline%2forders", "TRIM_HORIZON")));
    first.instance->stop(static_cast<std::uint64_t>(now_ns() + 5 * kSecond));
  }
  for (int p = 0; p < 4; ++p) kafka.produce("orders", p, 300, 10);
  Member second(config(kafka), [&](auto& host) {
    for (const auto& [key, value] : notes) host.put_state(key, value);
  });
  ASSERT_TRUE(second.run_until([&] { return second.count("orders") >= 40; }));
  for (int p = 0; p < 4; ++p) EXPECT_EQ(second.offsets("orders", p), counted(300, 10)) << p;
}

TEST(Source, TellsAbsentFromEmptyAndKeepsHeadersInOrder) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, {.key = std::nullopt, .value = std::nullopt});
  kafka.produce("orders", 0, {.key = "", .value = ""});
  kafka.produce("orders", 0, {.key = "k", .value = "v", .headers = {{"b", "1"}, {"a", std::nullopt}, {"b", ""}}});
  kafka.flush();
  Member member(config(kafka));
  std::size_t seen = 0;
  const auto look = [&] {
    const auto polled = member.instance->poll(10, 1 << 20, 20);
    const Batch batch = polled.batch();
    for (std::uint32_t i = 0; i < polled.size(); ++i, ++seen) {
      const auto headers = batch.headers(i);
      switch (batch.position(i)) {
        case 0:
          EXPECT_EQ(batch[i].key.data, nullptr);
          EXPECT_EQ(batch[i].value.data, nullptr);
          EXPECT_TRUE(headers.empty());
          break;
        case 1:
          EXPECT_NE(batch[i].key.data, nullptr);
          EXPECT_NE(batch[i].value.data, nullptr);
          EXPECT_EQ(batch[i].value.size, 0u);
          break;
        default:
          EXPECT_EQ(headers.size(), 3u);
          if (headers.size() != 3) return true;
          EXPECT_EQ(view(headers[0].name), "b");
          EXPECT_EQ(view(headers[0].value), "1");
          EXPECT_EQ(headers[1].value.data, nullptr);
          EXPECT_EQ(view(headers[2].name), "b");
          EXPECT_EQ(headers[2].value.size, 0u);
      }
      EXPECT_EQ(batch.timestamp_type(i), MR_TIME_CREATE);
      EXPECT_GT(batch.timestamp_ms(i), 1'600'000'000'000);
      EXPECT_EQ(batch.attribute("eventSource"), "SelfManagedKafka");
      EXPECT_EQ(batch.attribute("bootstrapServers"), kafka.bootstrap());
      EXPECT_GE(batch.raw().retained_bytes, 1u << 20);
      EXPECT_EQ(batch.stream_count(), 1u);
    }
    return seen == 3;
  };
  ASSERT_TRUE(looks_until(look));
}

TEST(Source, CopiesSmallRecordsAndKeepsNoneOfTheirMessages) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  // So many that their mean size is known before the last of them come.
  kafka.produce("orders", 0, 0, 1'000);
  kafka.produce("orders", 0, {.key = std::nullopt, .value = std::nullopt});
  kafka.produce("orders", 0, {.key = "", .value = ""});
  kafka.produce("orders", 0, {.key = "k", .value = "v", .headers = {{"b", "1"}, {"a", std::nullopt}, {"b", ""}}});
  kafka.flush();
  Member member(config(kafka));
  std::vector<millrace::testing::Polled> held;  // as a host does whose function is slow
  std::size_t seen = 0;
  ASSERT_TRUE(looks_until([&] {
    auto polled = member.instance->poll(100, 1 << 20, 20);
    seen += polled.size();
    if (polled.size() > 0) held.push_back(std::move(polled));
    return seen == 1'003;
  }));
  std::int64_t next = 0;
  std::vector<std::pair<Batch, std::uint32_t>> last;  // the three behind the thousand, in however many polls they came
  for (const auto& polled : held) {
    const Batch batch = polled.batch();
    if (next >= 500) {
      EXPECT_LT(batch.raw().retained_bytes, 200'000u) << "a whole fetch buffer is kept";
    }
    for (std::uint32_t i = 0; i < batch.size(); ++i, ++next) {
      ASSERT_EQ(batch.position(i), next);
      if (next < 1'000) {
        ASSERT_EQ(batch.value(i), std::to_string(next));
      } else {
        last.emplace_back(batch, i);
      }
    }
  }
  ASSERT_EQ(last.size(), 3u);
  const auto record = [&](std::size_t i) { return last[i].first[last[i].second]; };
  EXPECT_EQ(record(0).key.data, nullptr);
  EXPECT_EQ(record(0).value.data, nullptr);
  EXPECT_NE(record(1).key.data, nullptr);
  EXPECT_NE(record(1).value.data, nullptr);
  EXPECT_EQ(record(1).value.size, 0u);
  const auto headers = last[2].first.headers(last[2].second);
  ASSERT_EQ(headers.size(), 3u);
  EXPECT_EQ(view(headers[0].name), "b");
  EXPECT_EQ(view(headers[0].value), "1");
  EXPECT_EQ(view(headers[1].name), "a");
  EXPECT_EQ(headers[1].value.data, nullptr);
  EXPECT_NE(headers[2].value.data, nullptr);
  EXPECT_EQ(headers[2].value.size, 0u);
}

TEST(Source, LeavesHeadersUnreadWhenNobodyNeedsThem) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, {.key = {}, .value = "v", .headers = {{"a", "1"}}});
  kafka.flush();
  Member member(config(kafka), [](auto& host) { host.needs = MR_NEED_VALUE; });
  bool seen = false;
  ASSERT_TRUE(looks_until([&] {
    const auto polled = member.instance->poll(10, 1 << 20, 20);
    if (polled.size() > 0) {
      EXPECT_TRUE(polled.batch().headers(0).empty());
    }
    return seen = polled.size() > 0;
  }));
}

TEST(Source, HoldsAPausedStreamInPlaceWhileTheOthersFlow) {
  MockKafka kafka;
  kafka.create_topic("orders", 2);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.owned() == 2; }));
  member.instance->set_paused({member.stream_of("orders", 0)}, true);
  kafka.produce("orders", 0, 0, 50);
  kafka.produce("orders", 1, 0, 50);
  ASSERT_TRUE(member.run_until([&] { return member.offsets("orders", 1).size() == 50; }));
  EXPECT_THAT(member.offsets("orders", 0), ElementsAre());
  member.instance->set_paused({member.stream_of("orders", 0)}, false);
  ASSERT_TRUE(member.run_until([&] { return member.offsets("orders", 0).size() == 50; }));
  EXPECT_EQ(member.offsets("orders", 0), counted(0, 50));
}

TEST(Source, GivesNothingWithoutCreditAndStaysInTheGroup) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 20);
  Config more{{"librdkafka", {{"max.poll.interval.ms", 6000}}}};
  Member member(config(kafka, more));
  ASSERT_TRUE(member.run_until([&] { return member.owned() == 1; }, 30 * kSecond, 0));
  const std::int64_t until = now_ns() + 7 * kSecond;
  while (now_ns() < until) member.turn(0, 100);
  EXPECT_EQ(member.count("orders") + member.host.streams().lost.size(), 0u);
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 20; }));
}

TEST(Source, TakesNoMoreThanTheCreditSaysAndServesStreamsInTurn) {
  MockKafka kafka;
  kafka.create_topic("orders", 3);
  for (int p = 0; p < 3; ++p) kafka.produce("orders", p, 0, 5'000);
  Member member(config(kafka));
  const auto had = [&](int p) { return member.offsets("orders", p).size(); };
  // Streams are fetched one after the other: until the last has begun the first gives a record in 5 ms, so it is not
  // empty by then.
  ASSERT_TRUE(looks_until([&] {
    member.turn(1);
    member.turn(0, 5);
    return had(0) > 0 && had(1) > 0 && had(2) > 0;
  }));
  const std::size_t begun[] = {had(0), had(1), had(2)};
  const std::size_t enough = member.count("orders") + 300;
  while (member.count("orders") < enough) {
    const std::size_t before = member.count("orders");
    member.turn(7);
    EXPECT_LE(member.count("orders") - before, 7u);
  }
  for (int p = 0; p < 3; ++p) EXPECT_GT(had(p) - begun[p], 40u) << p;
}

// What waits in many small records is read ahead of the host, on another thread.
TEST(Source, LosesAndRepeatsNothingThatIsReadAhead) {
  MockKafka kafka;
  kafka.create_topic("orders", 3);
  for (int p = 0; p < 3; ++p) kafka.produce("orders", p, 0, 20'000);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") >= 60'000; }, 30 * kSecond, 500));
  for (int p = 0; p < 3; ++p) EXPECT_EQ(member.offsets("orders", p), counted(0, 20'000)) << p;
}

TEST(Source, GivesOfWhatIsReadAheadWhatTheCreditSays) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 20'000);
  Member member(config(kafka));
  for (int round = 1; round <= 4; ++round) {
    const std::size_t enough = member.count("orders") + 3'000;
    ASSERT_TRUE(member.run_until([&] { return member.count("orders") >= enough; }, 30 * kSecond, 500));
    member.turn(0);  // time to read ahead
    for (int i = 0; i < 40; ++i) {
      const std::size_t before = member.count("orders");
      member.turn(7);
      ASSERT_LE(member.count("orders") - before, 7u);
    }
  }
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") >= 20'000; }, 30 * kSecond, 500));
  EXPECT_EQ(member.offsets("orders", 0), counted(0, 20'000));
}

TEST(Source, TellsNoPositionBeyondWhatTheHostWasGiven) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 20'000);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") > 5'000; }, 30 * kSecond, 100));
  const std::uint64_t stream = member.stream_of("orders", 0);
  std::set<std::int64_t> told;
  ASSERT_TRUE(looks_until([&] {
    member.turn(100);
    member.turn(0, 10);
    const std::int64_t position = member.host.streams().states[stream].next;
    EXPECT_LE(position, member.next[stream]);
    told.insert(position);
    return told.size() > 5;
  }));
}

TEST(Source, HandsAPartitionOverThatIsBeingReadAhead) {
  MockKafka kafka;
  kafka.create_topic("orders", 2);
  for (int p = 0; p < 2; ++p) kafka.produce("orders", p, 0, 20'000);
  Member first(config(kafka));
  ASSERT_TRUE(first.run_until([&] { return first.count("orders") > 2'000; }, 30 * kSecond, 100));
  Member second(config(kafka));
  // Slowly, so that much is left to hand over.
  const auto both = [&](std::uint32_t records) {
    return [&, records] {
      second.turn(records, 1);
      return second.owned() == 1;
    };
  };
  ASSERT_TRUE(first.run_until(both(1), 30 * kSecond, 1));
  // Some come twice: the mock refuses the commit of a member that gives partitions up.
  const auto all = [&](int partition) {
    std::set<std::int64_t> offsets;
    for (const Member* member : {&first, &second})
      for (const std::int64_t offset : member->offsets("orders", partition)) offsets.insert(offset);
    return offsets;
  };
  const auto is_through = [&](int partition) { return all(partition).contains(19'999); };
  ASSERT_TRUE(first.run_until([&] { return both(1'000)() && is_through(0) && is_through(1); }, 30 * kSecond, 1'000));
  for (int p = 0; p < 2; ++p) EXPECT_EQ(all(p).size(), 20'000u) << p;
}

TEST(Source, HandsPartitionsToASecondMemberWithoutLossOrRepetition) {
  MockKafka kafka;
  kafka.create_topic("orders", 4);
  for (int p = 0; p < 4; ++p) kafka.produce("orders", p, 0, 100);
  Member first(config(kafka));
  ASSERT_TRUE(first.run_until([&] { return first.count("orders") == 400; }));
  // The mock refuses commits while members join, as no broker does: tests/e2e/source has a commit inside a rebalance.
  first.commit(10 * kSecond);
  Member second(config(kafka));
  ASSERT_TRUE(first.run_until([&] {
    second.turn();
    return first.owned() == 2 && second.owned() == 2;
  }));
  EXPECT_GT(first.host.streams().revoke_deadline_ns, 0u);
  EXPECT_EQ(first.failed_commits, 0);
  for (int p = 0; p < 4; ++p) kafka.produce("orders", p, 100, 50);
  ASSERT_TRUE(first.run_until([&] {
    second.turn();
    return first.count("orders") + second.count("orders") >= 600;
  }));
  for (int p = 0; p < 4; ++p) {
    auto all = first.offsets("orders", p);
    for (const std::int64_t offset : second.offsets("orders", p)) all.push_back(offset);
    EXPECT_EQ(all, counted(0, 150)) << p;
  }
  EXPECT_THAT(first.host.violations(), ElementsAre());
}

TEST(Source, KeepsRevokedPartitionsUntilTheHostReleasesThem) {
  MockKafka kafka;
  kafka.create_topic("orders", 2);
  Member first(config(kafka));
  ASSERT_TRUE(first.run_until([&] { return first.owned() == 2; }));
  first.holds_on = true;
  Member second(config(kafka));
  ASSERT_TRUE(first.run_until([&] {
    second.turn();
    return !first.host.streams().revoked.empty();
  }));
  const std::int64_t until = now_ns() + 2 * kSecond;
  while (now_ns() < until) {
    first.turn();
    second.turn();
  }
  EXPECT_EQ(second.owned(), 0u);
  first.holds_on = false;
  ASSERT_TRUE(first.run_until([&] {
    second.turn();
    return second.owned() == 1;
  }));
}

TEST(Source, SaysThatTheClusterIsGoneAndGoesOnByItselfWhenItIsBack) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 10);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 10; }));
  kafka.down(1);
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3011"; }));
  EXPECT_THAT(member.host.last_health()->problem.detail(), HasSubstr("127.0.0.1"));
  kafka.up(1);
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == ""; }));
  kafka.produce("orders", 0, 10, 10);
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") >= 20; }));
}

TEST(Source, StartsWithoutAClusterAndConsumesOnceItIsThere) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 5);
  kafka.down(1);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3011"; }));
  EXPECT_STREQ(member.host.last_health()->problem.what(), "No broker can be reached: the connection is refused.");
  // Whoever waits, rests: a poll is no loop.
  const auto used_ms = [] {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1'000'000;
  };
  const auto before = used_ms();
  static_cast<void>(member.instance->poll(100, 1 << 20, 1'000));
  EXPECT_LT(used_ms() - before, 300);
  kafka.up(1);
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 5 && member.health_id() == ""; }));
}

TEST(Source, AsksTheBootstrapServersAgainAfterTheClusterNamedNoBroker) {
  ForgetfulBroker broker("orders");
  Member member({{"bootstrap_servers", {broker.bootstrap()}},
                 {"topics", {"orders"}},
                 {"librdkafka", {{"statistics.interval.ms", 100}, {"reconnect.backoff.max.ms", 300}}}});
  ASSERT_TRUE(member.run_until([&] { return broker.named() > 0; }));
  broker.forget(true);
  ASSERT_TRUE(member.run_until([&] { return broker.named_none() > 0 && broker.connected() == 0; }));
  broker.forget(false);
  const int before = broker.named();
  EXPECT_TRUE(member.run_until([&] { return broker.named() > before; }));
}

TEST(Source, SaysThatATopicIsUnknownAndConsumesItOnceItExists) {
  MockKafka kafka;
  kafka.create_topic("other", 1);
  Member member(config(kafka, {{"topics", {"missing"}}}));
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3020"; }));
  EXPECT_STREQ(member.host.last_health()->problem.what(), "The topic missing does not exist.");
  kafka.create_topic("missing", 2);
  kafka.produce("missing", 1, 0, 3);
  ASSERT_TRUE(member.run_until([&] { return member.count("missing") == 3; }));
  EXPECT_EQ(member.health_id(), "");
}

TEST(Source, ConsumesTheTopicsThatExistWhileAnotherIsMissing) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 3);
  Member member(config(kafka, {{"topics", {"orders", "missing"}}}));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 3 && member.health_id() == "MR3020"; }));
}

TEST(Source, StartsAtLatestWithEveryPartitionPinnedBeforeTheFirstFetch) {
  MockKafka kafka;
  kafka.create_topic("orders", 2);
  kafka.produce("orders", 0, 0, 10);
  kafka.produce("orders", 1, 0, 20);
  Member member(config(kafka, {{"starting_position", "LATEST"}}));
  ASSERT_TRUE(member.run_until([&] { return member.owned() == 2; }));
  ASSERT_TRUE(
      member.run_until([&] { return member.host.streams().states[member.stream_of("orders", 1)].committed == 20; }));
  EXPECT_EQ(member.host.streams().states[member.stream_of("orders", 0)].committed, 10);
  kafka.produce("orders", 0, 10, 1);
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 1; }));
  EXPECT_THAT(member.offsets("orders", 0), ElementsAre(10));
}

TEST(Source, AsksAPersonWhenTheGroupsOffsetsVanished) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 3);
  const auto remembers = [](auto& host) { host.put_state("kafka.start.test-pipeline%2forders", "TRIM_HORIZON"); };
  {
    Member member(config(kafka), remembers);
    ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3023"; }));
    EXPECT_EQ(member.count("orders"), 0u);
  }
  Member member(config(kafka, {{"on_offset_lost", "earliest"}}), remembers);
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 3; }));
}

TEST(Source, RetriesACommitThatFailedAndReportsWhenItMoved) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 10);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 10; }));
  constexpr std::int16_t kOffsetCommit = 8;
  const rd_kafka_resp_err_t errors[] = {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                                        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED};
  rd_kafka_mock_push_request_errors_array(kafka.cluster(), kOffsetCommit, 2, errors);
  member.commit();
  ASSERT_TRUE(member.run_until([&] { return member.health_id() == "MR3016"; }));
  ASSERT_TRUE(
      member.run_until([&] { return member.host.streams().states[member.stream_of("orders", 0)].committed == 10; }));
  EXPECT_EQ(member.health_id(), "");
}

TEST(Source, KeepsOneCommitOutstandingAndSendsTheNewestPosition) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 10);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 10; }));
  const std::uint64_t stream = member.stream_of("orders", 0);
  member.next[stream] = 0;
  member.instance->commit({{stream, 1}}, static_cast<std::uint64_t>(now_ns() + 5 * kSecond));
  rd_kafka_mock_broker_set_rtt(kafka.cluster(), 1, 500);
  rd_kafka_mock_start_request_tracking(kafka.cluster());
  for (std::int64_t next = 2; next <= 10; ++next) {
    member.instance->commit({{stream, next}});
    member.turn();
  }
  ASSERT_TRUE(member.run_until([&] { return member.host.streams().states[stream].committed == 10; }));
  constexpr std::int16_t kOffsetCommit = 8;
  std::size_t count = 0, commits = 0;
  rd_kafka_mock_request_t** requests = rd_kafka_mock_get_requests(kafka.cluster(), &count);
  for (std::size_t i = 0; i < count; ++i) commits += rd_kafka_mock_request_api_key(requests[i]) == kOffsetCommit;
  rd_kafka_mock_request_destroy_array(requests, count);
  EXPECT_EQ(commits, 2u);
}

TEST(Source, FailsADurableCommitAtItsDeadline) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 10);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 10; }));
  kafka.down(1);
  const std::int64_t before = now_ns();
  try {
    member.commit(300 * kMillisecond);
    FAIL() << "committed without a broker";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), mr_status{MR_DEADLINE_EXCEEDED});
    EXPECT_EQ(error.id(), "MR3029");
  }
  EXPECT_LT(now_ns() - before, 2 * kSecond);
}

TEST(Source, RejoinsAndSaysSoAfterTheGroupForgotIt) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 10);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 10; }));
  member.commit(5 * kSecond);
  constexpr std::int16_t kHeartbeat = 12;
  const rd_kafka_resp_err_t errors[] = {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID};
  rd_kafka_mock_push_request_errors_array(kafka.cluster(), kHeartbeat, 1, errors);
  ASSERT_TRUE(member.run_until([&] { return !member.host.streams().lost.empty(); }));
  EXPECT_TRUE(member.said("MR3021"));
  ASSERT_TRUE(member.run_until([&] { return member.owned() == 1 && member.health_id() == ""; }));
  EXPECT_EQ(member.host.streams().assigned.size(), 2u);
  EXPECT_NE(member.host.streams().assigned[0].id, member.host.streams().assigned[1].id);
}

TEST(Source, InterruptEndsABlockedPollAndElseTheNextOne) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.owned() == 1; }));
  member.instance->interrupt();
  const std::int64_t before = now_ns();
  static_cast<void>(member.instance->poll(100, 1 << 20, 20'000));
  EXPECT_LT(now_ns() - before, 10 * kSecond);
  std::thread other([&] { member.instance->interrupt(); });
  static_cast<void>(member.instance->poll(100, 1 << 20, 20'000));
  other.join();
  EXPECT_LT(now_ns() - before, 15 * kSecond);
}

TEST(Source, OpensAnotherClientWhenTheConnectionPropertiesChange) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 5);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 5; }));
  member.commit(5 * kSecond);
  member.host.connection = {{"tls.enabled", "0", false}};
  member.host.connection_generation = 2;
  member.instance->interrupt();
  kafka.produce("orders", 0, 5, 5);
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 10 && member.owned() == 1; }));
  EXPECT_EQ(member.host.streams().assigned.size(), 2u);
  EXPECT_EQ(member.offsets("orders", 0), counted(0, 10));
}

TEST(Source, ReportsLagAndPositions) {
  MockKafka kafka;
  kafka.create_topic("orders", 1);
  kafka.produce("orders", 0, 0, 10);
  Member member(config(kafka));
  ASSERT_TRUE(member.run_until([&] { return member.count("orders") == 10; }));
  const auto state = [&] { return member.host.streams().states[member.stream_of("orders", 0)]; };
  ASSERT_TRUE(member.run_until([&] { return state().next == 10 && state().end == 10; }));
  EXPECT_EQ(state().committed, 0);
  member.commit(5 * kSecond);
  ASSERT_TRUE(member.run_until([&] { return state().committed == 10; }));
}

TEST(Source, RefusesAConnectionPropertyThatItDoesNotKnow) {
  MockKafka kafka;
  try {
    Member member(config(kafka), [](auto& host) { host.connection = {{"net.egress", "blue", false}}; });
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.id(), "MR3001");
    EXPECT_STREQ(error.what(), "The source self_managed_kafka does not know the connection property net.egress.");
  }
}

}  // namespace
}  // namespace millrace::kafka::testing
