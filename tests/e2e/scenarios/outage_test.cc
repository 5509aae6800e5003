// What is missing at the start or goes away: the function, the topic, the broker. Health says so, the process stays,
// and everything flows when the missing part is there.
#include <thread>

#include "tests/e2e/scenarios/suite.h"

namespace millrace::e2e {
namespace {

using namespace std::chrono_literals;

class Outage : public Suite {};

TEST_F(Outage, NothingIsConsumedUntilTheFunctionExists) {
  create_topic(2);
  produce(0, 500);
  produce(1, 500);
  function_.answer_by([](const Call&) { return answers::status(404, "ResourceNotFoundException"); });
  Host host(pipeline());
  host.start();
  EXPECT_TRUE(host.wait_for_log("MR7203")) << host.tail();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (ledger_.invocation_count() < 3 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  EXPECT_EQ(ledger_.delivered_count(), 0U);
  for (const auto& [partition, offset] : kafka_->admin().committed(topic_, topic_)) EXPECT_EQ(offset, 0) << partition;
  EXPECT_TRUE(host.is_running());
  function_.answer_by(scripts::ok());
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << host.tail();
  expect_committed(0, 500);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  EXPECT_EQ(host.spool(), "");
  expect_good();
}

TEST_F(Outage, AFunctionThatRefusesConnectionsIsTriedAgain) {
  create_topic(1);
  produce(0, 100);
  function_.close();
  Host host(pipeline());
  host.start();
  EXPECT_TRUE(host.wait_for_log("MR7204")) << host.tail();
  function_.open();
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << host.tail();
  expect_committed(0, 100);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  expect_good();
}

// A topic may be created a moment after the pipeline: only after a minute is it called unknown.
TEST_F(Outage, AnUnknownTopicIsIllHealthUntilItIsCreated) {
  Host host(pipeline());
  host.start();
  EXPECT_TRUE(host.wait_for_log("MR3020", 80s)) << host.tail();
  EXPECT_TRUE(host.is_running());
  create_topic(2);
  produce(0, 50);
  produce(1, 50);
  EXPECT_TRUE(ledger_.wait_until_delivered(90s)) << host.tail();
  expect_committed(0, 50);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  expect_good();
}

TEST_F(Outage, ADeadBrokerIsIllHealthUntilItIsBack) {
  create_topic(2);
  produce(0, 50);
  kafka_->kill(0);
  Host host(pipeline());
  host.start();
  EXPECT_TRUE(host.wait_for_log("MR3")) << host.tail();
  EXPECT_TRUE(host.is_running());
  kafka_->start(0);
  EXPECT_TRUE(ledger_.wait_until_delivered(60s)) << host.tail();
  expect_committed(0, 50);

  // And once more under way. Not marked as a disturbance: what was committed, or will be, is not delivered again.
  kafka_->kill(0);
  kafka_->start(0);
  produce(1, 50);
  EXPECT_TRUE(ledger_.wait_until_delivered(60s)) << host.tail();
  expect_committed(1, 50);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  expect_good();
}

}  // namespace
}  // namespace millrace::e2e
