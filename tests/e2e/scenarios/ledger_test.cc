// The main run: 200,000 records over 8 partitions through a function that fails, while hosts are killed, the broker is
// restarted and a second host comes and goes. Nothing may be lost, altered, overtaken or committed too early, and a
// record may come twice only around a kill.
//
// $MILLRACE_TEST_KAFKA names the version, $MILLRACE_TEST_FUNCTION how the function is reached, $MILLRACE_TEST_SEED the
// seed, $MILLRACE_TEST_RECORDS the number of records.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/e2e/function/function.h"
#include "tests/e2e/kafka/cluster.h"
#include "tests/e2e/ledger/checker.h"
#include "tests/e2e/scenarios/host.h"
#include "tests/e2e/scenarios/records.h"

namespace millrace::e2e {
namespace {

using namespace std::chrono_literals;

constexpr int kPartitions = 8;
constexpr const char* kTopic = "orders";

// commit_interval, and 2 s for the commit itself: the broker shares two cores with everything else.
constexpr std::uint64_t kCommittedWithin = 3'000'000'000;

std::size_t number_from(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : static_cast<std::size_t>(std::strtoull(text, nullptr, 10));
}

// Writes `count` records, never more than `allowed` yet nor `lead` ahead of what is delivered, so that every phase has
// work to do.
std::thread produce(const std::string& bootstrap, Ledger& ledger, std::uint64_t seed, std::size_t count,
                    std::size_t lead, std::atomic<std::size_t>& allowed, std::atomic<bool>& stop, std::string& error) {
  return std::thread([=, &ledger, &allowed, &stop, &error] {
    try {
      Producer producer(bootstrap, ledger.producer());
      RecordMaker maker(seed, kTopic, kPartitions);
      for (std::size_t made = 0; made < count && !stop; ++made) {
        while ((made >= allowed || made > ledger.delivered_count() + lead) && !stop) {
          producer.flush(120);
          std::this_thread::sleep_for(10ms);
        }
        producer.produce(maker.next());
      }
      producer.flush(120);
    } catch (const std::exception& failure) {
      error = failure.what();
    }
  });
}

class MainRun : public ::testing::Test {
 protected:
  MainRun() : kafka_({.version = version_under_test()}) {
    std::printf("seed %llu, %zu records, Apache Kafka %s\n", static_cast<unsigned long long>(seed_), records_,
                version_under_test().c_str());
    kafka_.admin().create_topic(kTopic, kPartitions);
    sampler_ = std::make_unique<CommitSampler>(ledger_, kafka_.bootstrap(), "orders", kTopic);
    producer_ =
        produce(kafka_.bootstrap(), ledger_, seed_, records_, 60'000, allowed_, stop_producing_, producer_error_);
  }
  ~MainRun() override {
    stop_producing_ = true;
    if (producer_.joinable()) producer_.join();
  }

  Pipeline pipeline(const std::string& session_timeout) const {
    // The second asks for the brokers so often that it meets the moments of a restart in which Kafka names none.
    return {
        .bootstrap = kafka_.bootstrap(),
        .session_timeout = session_timeout,
        .librdkafka = session_timeout == "3s" ? "heartbeat.interval.ms: 500" : "topic.metadata.refresh.interval.ms: 10",
        .sink = function_.sink("my-function")};
  }

  bool wait_for_share(double share) {
    return ledger_.wait_until_delivered(120s, static_cast<std::size_t>(share * static_cast<double>(records_)));
  }

  // kill -9 at five points that the seed picks; one partition is refused between the first and the third.
  void kill_five_times() {
    std::mt19937_64 random(seed_);
    std::vector<double> points;
    for (int i = 0; i < 5; ++i) points.push_back(std::uniform_real_distribution<>(0.03, 0.6)(random));
    std::sort(points.begin(), points.end());
    // 10 ms a call, so that offsets are committed between the kills.
    const Script faults = scripts::after(10ms, scripts::faults(seed_, 0.03));
    function_.answer_by(scripts::refuse(
        kTopic, 3, [this] { return refusing_.load(); }, faults));
    Host host(pipeline("3s"));
    for (std::size_t i = 0; i < points.size(); ++i) {
      host.start();
      ASSERT_TRUE(wait_for_share(points[i])) << ledger_.delivered_count() << " delivered\n" << host.tail();
      ledger_.disturbed();
      host.kill();
      function_.close();  // returns when what the killed host had sent is dealt with
      ledger_.disturbed();
      function_.open();
      refusing_ = i == 0 || i == 1;
    }
    host.start();
    ASSERT_TRUE(wait_for_share(0.62)) << ledger_.delivered_count() << " delivered\n" << host.tail();
    ASSERT_EQ(host.stop(), 0) << host.tail();
    function_.answer_by(faults);
  }

  // A broker that restarts in good order costs time, never a record and never a duplicate.
  void restart_the_broker(Host& host) {
    host.start();
    ASSERT_TRUE(wait_for_share(0.66)) << ledger_.delivered_count() << " delivered\n" << host.tail();
    kafka_.stop(0);
    kafka_.start(0);
    ASSERT_TRUE(wait_for_share(0.72)) << ledger_.delivered_count() << " delivered\n" << host.tail();
  }

  void let_a_second_host_come_and_go(Host& first) {
    // Slow enough that the rebalance finds requests under way.
    function_.answer_by(scripts::after(300ms, scripts::faults(seed_ + 1, 0.03)));
    Pipeline other = pipeline("45s");
    other.sink = function_.sink("second-host");
    Host second(other);
    second.start();
    const auto members = [&](std::size_t count) {
      const auto deadline = std::chrono::steady_clock::now() + 60s;
      for (;;) {
        const Group group = kafka_.admin().describe_group("orders");
        if (group.state == "Stable" && group.members.size() == count) return true;
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(50ms);
      }
    };
    ASSERT_TRUE(members(2)) << second.tail() << first.tail();
    // Cooperative rebalancing moves partitions in two steps, and how long that takes is the broker's affair: the last
    // quarter of the records comes a few at a time until the second host has had its share.
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (function_.calls_to("second-host") < 5 && std::chrono::steady_clock::now() < deadline) {
      allowed_ = std::min(records_, allowed_ + 16);
      std::this_thread::sleep_for(100ms);
    }
    ASSERT_GE(function_.calls_to("second-host"), 5U) << second.tail() << first.tail();
    allowed_ = records_;
    ASSERT_EQ(second.stop(), 0) << second.tail();
    ASSERT_TRUE(members(1)) << first.tail();
    function_.answer_by(scripts::faults(seed_ + 2, 0.03));
  }

  void finish(Host& host) {
    producer_.join();
    ASSERT_EQ(producer_error_, "");
    EXPECT_TRUE(ledger_.wait_until_delivered(60s)) << ledger_.delivered_count() << " delivered\n" << host.tail();
    ASSERT_EQ(host.stop(), 0) << host.tail();
    sampler_.reset();
    const std::map<std::int32_t, std::int64_t> committed = kafka_.admin().committed("orders", kTopic);
    for (int partition = 0; partition < kPartitions; ++partition) {
      const std::int64_t end = kafka_.admin().watermarks(kTopic, partition).second;
      const auto found = committed.find(partition);
      EXPECT_EQ(found == committed.end() ? 0 : found->second, end) << "partition " << partition;
    }
    const Report report = check(ledger_.history(), {.committed_within_ns = kCommittedWithin});
    std::printf("%s\n", report.to_string().c_str());
    EXPECT_TRUE(report.ok()) << report.to_string();
    for (const auto& [disturbed, repetition] : report.repetitions)
      EXPECT_LE(repetition.again, repetition.in_flight + repetition.finished);
    EXPECT_EQ(report.produced, records_);
    EXPECT_EQ(report.delivered, records_);
    EXPECT_GT(report.refused, 20U) << "the script did not do its part";
    EXPECT_LE(function_.most_in_flight(), 10U) << "max_in_flight is 5, of two hosts";
    EXPECT_TRUE(function_.complaints().empty()) << function_.complaints().front();
  }

  const std::uint64_t seed_ = number_from("MILLRACE_TEST_SEED", 20261125);
  const std::size_t records_ = number_from("MILLRACE_TEST_RECORDS", 200'000);
  Cluster kafka_;
  Ledger ledger_;
  const std::unique_ptr<Function> function_owner_ = make_function(function_kind_under_test(), ledger_);
  Function& function_ = *function_owner_;
  std::unique_ptr<CommitSampler> sampler_;
  std::atomic<std::size_t> allowed_ = records_ * 3 / 4;  // until the second host comes
  std::atomic<bool> stop_producing_ = false, refusing_ = false;
  std::string producer_error_;
  std::thread producer_;
};

TEST_F(MainRun, DeliversEveryRecordInOrderThroughFaultsKillsARestartAndARebalance) {
  ASSERT_NO_FATAL_FAILURE(kill_five_times());
  Host host(pipeline("45s"));
  ASSERT_NO_FATAL_FAILURE(restart_the_broker(host));
  ASSERT_NO_FATAL_FAILURE(let_a_second_host_come_and_go(host));
  ASSERT_NO_FATAL_FAILURE(finish(host));
}

}  // namespace
}  // namespace millrace::e2e
