// Stopping and pausing in good order: no record twice, no rebalance.
#include <csignal>
#include <thread>

#include "tests/e2e/scenarios/suite.h"

namespace millrace::e2e {
namespace {

using namespace std::chrono_literals;

class Stop : public Suite {};

TEST_F(Stop, LeavesNoDuplicatesWithRequestsInFlightAndManyRecordsWaiting) {
  create_topic(6);
  for (int partition = 0; partition < 6; ++partition) produce(partition, 10'000);
  function_.answer_by(scripts::after(200ms, scripts::ok()));
  Host host(pipeline());
  host.start();
  ASSERT_TRUE(ledger_.wait_until_delivered(60s, 1'500)) << host.tail();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (function_.in_flight() < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  const std::size_t in_flight = function_.in_flight();
  host.signal(SIGTERM);
  const std::size_t waiting = 60'000 - ledger_.delivered_count();
  EXPECT_GE(in_flight, 3U);
  EXPECT_GE(waiting, 50'000U);
  EXPECT_EQ(host.wait(30s), 0) << host.tail();
  EXPECT_EQ(function_.in_flight(), 0U);
  const std::size_t delivered = ledger_.delivered_count();

  function_.answer_by(scripts::ok());
  host.start();
  EXPECT_TRUE(ledger_.wait_until_delivered(60s)) << ledger_.delivered_count() << " delivered\n" << host.tail();
  EXPECT_EQ(host.stop(), 0) << host.tail();
  std::printf("in flight at SIGTERM %zu, waiting %zu, delivered by the first run %zu\n", in_flight, waiting, delivered);
  expect_good({.no_duplicates = true});
}

TEST_F(Stop, EndsAtOnceOnASecondSignal) {
  create_topic(1);
  produce(0, 5);
  function_.answer_by([](const Call&) { return Answer{.kind = Answer::Kind::kHang}; });
  // The same records each time: nobody finishes them. As a shell counts, 128 and the second signal's number.
  for (const auto& [second, code] : {std::pair(SIGTERM, 143), std::pair(SIGINT, 130)}) {
    Pipeline options = pipeline();
    options.group = topic_ + std::to_string(code);
    Host host(options);
    const std::size_t before = function_.calls_to("my-function");
    host.start();
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (function_.calls_to("my-function") <= before && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(1ms);
    host.signal(SIGTERM);
    EXPECT_TRUE(host.wait_for_log("stopping")) << host.tail();
    host.signal(second);
    EXPECT_EQ(host.wait(5s), code) << host.tail();
  }
}

// Sinks that break their promise: what they hold is never taken for delivered, and what they say twice counts once.
TEST_F(Stop, SaysWhatASinkThatNeverAnswersKept) {
  create_topic(1);
  produce(0, 5);
  Pipeline options = pipeline();
  options.sink = "{type: never_answers}";
  options.plugins = {MILLRACE_TEST_PLUGINS "/never_answers.so"};
  options.delivery = "drain_timeout: 1s";
  Host host(options);
  // Nobody outside sees when such a sink was given something: a start that was stopped too soon is repeated, longer.
  bool kept = false;
  for (auto patience = 500ms; !kept && patience < 20s; patience *= 2) {
    host.start();
    ASSERT_TRUE(host.wait_for_log("partitions assigned")) << host.tail();
    std::this_thread::sleep_for(patience);
    EXPECT_EQ(host.stop(), 0) << host.tail();
    kept = host.wait_for_log("MR7207", 0s);
  }
  EXPECT_TRUE(host.wait_for_log("MR7207", 0s)) << host.tail();
  EXPECT_TRUE(host.wait_for_log("0 records delivered, 5 read and not delivered", 0s)) << host.tail();
  EXPECT_EQ((kafka_->admin().committed(topic_, topic_)[0]), 0);
  EXPECT_EQ(host.spool(), "");
}

TEST_F(Stop, CountsTheFirstAnswerOfASinkThatAnswersTwice) {
  create_topic(1);
  produce(0, 5);
  Pipeline options = pipeline();
  options.sink = "{type: answers_twice}";
  options.plugins = {MILLRACE_TEST_PLUGINS "/answers_twice.so"};
  Host host(options);
  host.start();
  expect_committed(0, 5);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  EXPECT_TRUE(host.wait_for_log("5 records delivered", 0s)) << host.tail();
  EXPECT_EQ(host.spool(), "");
}

TEST_F(Stop, DoesNotLeaveTheGroupWhileAFunctionTakesLongerThanMaxPollInterval) {
  create_topic(1);
  produce(0, 10);
  function_.answer_by([](const Call& call) { return Answer{.delay = call.number == 0 ? 9s : 0s}; });
  Pipeline options = pipeline();
  options.session_timeout = "3s";
  options.librdkafka = "max.poll.interval.ms: 4000, heartbeat.interval.ms: 500";
  Host host(options);
  host.start();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (function_.in_flight() < 1 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  const Group before = kafka_->admin().describe_group(topic_);
  ASSERT_EQ(before.members.size(), 1U) << host.tail();
  EXPECT_TRUE(ledger_.wait_until_delivered(60s)) << host.tail();
  produce(0, 10);
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << host.tail();
  const Group after = kafka_->admin().describe_group(topic_);
  EXPECT_EQ(before.members, after.members) << "the member left the group and joined again";
  EXPECT_EQ(after.state, "Stable");
  expect_committed(0, 20);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  expect_good({.no_duplicates = true});
}

}  // namespace
}  // namespace millrace::e2e
