// Suite: what the scenarios of one program share: a broker, and per test a topic, a ledger, a function and a sampler.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/e2e/function/function.h"
#include "tests/e2e/kafka/cluster.h"
#include "tests/e2e/ledger/checker.h"
#include "tests/e2e/scenarios/host.h"

namespace millrace::e2e {

class Suite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { kafka_ = std::make_unique<Cluster>(ClusterOptions{.version = version_under_test()}); }
  static void TearDownTestSuite() { kafka_.reset(); }

  // One topic per test, named after it; the group has the same name.
  void SetUp() override {
    topic_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::transform(topic_.begin(), topic_.end(), topic_.begin(),
                   [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    topic_.resize(std::min<std::size_t>(topic_.size(), 60));
  }

  void create_topic(int partitions, const std::map<std::string, std::string>& settings = {}) {
    kafka_->admin().create_topic(topic_, partitions, 1, settings);
    watch_commits();
  }
  void watch_commits() { sampler_ = std::make_unique<CommitSampler>(ledger_, kafka_->bootstrap(), topic_, topic_); }

  Pipeline pipeline() const {
    return {.name = topic_, .bootstrap = kafka_->bootstrap(), .topic = topic_, .sink = function_.sink("my-function")};
  }

  // `count` small records to one partition; "n" in the value is the number.
  void produce(std::int32_t partition, int count, const std::string& start = "n") {
    Producer producer(kafka_->bootstrap(), ledger_.producer());
    for (int i = 0; i < count; ++i)
      producer.produce({.topic = topic_, .partition = partition, .key = "k", .value = start + std::to_string(i)});
    producer.flush();
  }

  void expect_committed(std::int32_t partition, std::int64_t offset) {
    EXPECT_TRUE(sampler_->wait_for(partition, offset, std::chrono::seconds(15)))
        << "committed: " << kafka_->admin().committed(topic_, topic_)[partition] << " instead of " << offset;
  }

  void expect_good(const Expectations& expectations = {.no_duplicates = true}) {
    sampler_.reset();
    const Report report = check(ledger_.history(), expectations);
    std::printf("%s\n", report.to_string().c_str());
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_TRUE(function_.complaints().empty()) << function_.complaints().front();
  }

  static inline std::unique_ptr<Cluster> kafka_;
  std::string topic_;
  Ledger ledger_;
  const std::unique_ptr<Function> function_owner_ = make_function(function_kind_under_test(), ledger_);
  Function& function_ = *function_owner_;
  std::unique_ptr<CommitSampler> sampler_;
};

}  // namespace millrace::e2e
