// Records that are odd, too large, refused, filtered or deleted under way.
#include <atomic>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/e2e/scenarios/suite.h"

namespace millrace::e2e {
namespace {

using namespace std::chrono_literals;

class Records : public Suite {
 protected:
  void produce_one(Message message) {
    Producer producer(kafka_->bootstrap(), ledger_.producer());
    message.topic = topic_;
    producer.produce(std::move(message));
    producer.flush();
  }
};

TEST_F(Records, OddOnesArriveByteForByte) {
  create_topic(1);
  std::vector<std::pair<std::string, Bytes>> many;
  for (int i = 0; i < 10'000; ++i)
    many.emplace_back("h" + std::to_string(i % 100), std::string(1, static_cast<char>(i)));
  produce_one({.value = "null key"});
  produce_one({.key = "tombstone"});
  produce_one({.key = std::nullopt, .value = std::nullopt});
  produce_one({.key = "", .value = ""});
  produce_one({.value = "ten thousand headers", .headers = many});
  produce_one({.key = "\xff\xfe\x80", .value = "\xc3\x28 \xa0\xa1 \xed\xa0\x80"});
  produce_one({.value = std::string(1'000'000, '\xee')});
  produce_one(
      {.value = "headers", .headers = {{"null", std::nullopt}, {"", ""}, {"\xc3\xbc", "\x80\x7f"}, {"a\"\\\n", "x"}}});
  produce_one({.value = "old", .timestamp = 1});
  Host host(pipeline());
  host.start();
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << ledger_.delivered_count() << " delivered\n" << host.tail();
  expect_committed(0, 9);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  expect_good();
}

TEST_F(Records, OneThatNoRequestCanCarryGoesToTheSpoolBetweenTwoGoodOnes) {
  create_topic(1);
  const std::string large(5'000'000, 'L');
  produce_one({.value = "before"});
  produce_one({.key = "large", .value = large, .headers = {{"h", "v"}}});
  produce_one({.value = "after"});
  ledger_.excuse(topic_, 0, 1);
  Host host(pipeline());
  host.start();
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << host.tail();
  expect_committed(0, 3);
  EXPECT_EQ(host.stop(), 0) << host.tail();

  const std::string spool = host.spool();
  ASSERT_EQ(std::count(spool.begin(), spool.end(), '\n'), 1) << spool.substr(0, 500);
  EXPECT_NE(spool.find("MaximumPayloadSizeExceeded"), std::string::npos) << spool.substr(0, 500);
  const nlohmann::json record = nlohmann::json::parse(spool).at("record");
  EXPECT_EQ(record.at("topic"), topic_);
  EXPECT_EQ(record.at("partition"), 0);
  EXPECT_EQ(record.at("offset"), 1);
  EXPECT_EQ(record.at("key"), "bGFyZ2U=");
  EXPECT_EQ(record.at("headers"), nlohmann::json::parse(R"([["aA==","dg=="]])"));
  const std::string value = record.at("value");
  EXPECT_EQ(value.size(), (large.size() + 2) / 3 * 4);
  EXPECT_EQ(value.substr(0, 8), "TExMTExM");
  expect_good();
}

TEST_F(Records, OfARefusedPartitionWaitWhileTheOthersFlow) {
  create_topic(4);
  for (int partition = 0; partition < 4; ++partition) produce(partition, 1'000);
  std::atomic<bool> refusing = true;
  function_.answer_by(scripts::refuse(
      topic_, 2, [&] { return refusing.load(); }, scripts::ok()));
  Host host(pipeline());
  host.start();
  EXPECT_TRUE(ledger_.wait_until_delivered(30s, 3'000)) << host.tail();
  for (const int partition : {0, 1, 3}) expect_committed(partition, 1'000);
  EXPECT_EQ(ledger_.delivered_count(), 3'000U);
  EXPECT_EQ(kafka_->admin().committed(topic_, topic_).count(2) ? kafka_->admin().committed(topic_, topic_)[2] : 0, 0);
  refusing = false;
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << host.tail();
  expect_committed(2, 1'000);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  expect_good();
}

TEST_F(Records, ThatTheLogDeletesWhileTheyAreRetriedAreStillDelivered) {
  create_topic(1);
  produce(0, 100);
  std::atomic<bool> refusing = true;
  function_.answer_by(scripts::refuse(
      topic_, 0, [&] { return refusing.load(); }, scripts::ok()));
  Pipeline options = pipeline();
  options.batch = "size: 10, window: 100ms";
  Host host(options);
  host.start();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (ledger_.invocation_count() < 2 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  ASSERT_GE(ledger_.invocation_count(), 2U) << host.tail();
  kafka_->admin().delete_records(topic_, 0, 50);
  const std::size_t tries = ledger_.invocation_count();
  while (ledger_.invocation_count() < tries + 2 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  refusing = false;
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << ledger_.delivered_count() << " delivered\n" << host.tail();
  produce(0, 10);
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << ledger_.delivered_count() << " delivered\n" << host.tail();
  expect_committed(0, 110);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  expect_good();
}

TEST_F(Records, ThatAFilterLeavesOutAreFinishedWithoutAnInvocation) {
  create_topic(1);
  Producer producer(kafka_->bootstrap(), ledger_.producer());
  for (int i = 0; i < 40; ++i) {
    const bool keep = i < 20 && i % 2 == 0;  // the last twenty leave whole windows empty
    producer.produce({.topic = topic_, .value = R"({"kind":")" + std::string(keep ? "keep" : "drop") + "\"}"});
    if (!keep) ledger_.excuse(topic_, 0, i);
  }
  producer.flush();
  Pipeline options = pipeline();
  options.filters = R"([{type: filter_criteria, filters: [{pattern: {value: {kind: [keep]}}}]}])";
  Host host(options);
  host.start();
  EXPECT_TRUE(ledger_.wait_until_delivered(30s)) << host.tail();
  expect_committed(0, 40);
  EXPECT_EQ(host.stop(), 0) << host.tail();
  EXPECT_EQ(ledger_.delivered_count(), 10U);
  expect_good();
}

}  // namespace
}  // namespace millrace::e2e
