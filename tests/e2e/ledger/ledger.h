// Ledger: collects a History while a run is going on, from the producer, the function and the commit sampler.
//
//   Ledger ledger;
//   Producer producer(kafka.bootstrap(), ledger.producer());
//   CommitSampler sampler(ledger, kafka.bootstrap(), "group", "orders");
//   ...
//   ASSERT_TRUE(ledger.wait_until_delivered(60s));
//   const Report report = check(ledger.history());
//   EXPECT_TRUE(report.ok()) << report.to_string();
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/kafka/admin.h"
#include "tests/e2e/kafka/producer.h"
#include "tests/e2e/ledger/history.h"

namespace millrace::e2e {

std::uint64_t monotonic_ns();

// Covers key, value, headers in order, and timestamp; null and empty differ, and no two different records are likely to
// share a hash.
class RecordHash {
 public:
  RecordHash& add(const char* data, std::size_t size);
  RecordHash& add(const std::string& text) { return add(text.data(), text.size()); }
  RecordHash& add_null();
  RecordHash& add_number(std::int64_t number);
  std::uint64_t value() const { return state_; }

 private:
  void mix(std::uint64_t word);
  std::uint64_t state_ = 0x9e3779b97f4a7c15;
};
std::uint64_t hash_record(const Message& message);

class Ledger {
 public:
  // Records what a Producer says was acknowledged.
  Producer::Acknowledged producer();
  void produced(const Message& message, std::int64_t offset);

  StreamId stream(const std::string& topic, std::int32_t partition);

  // One invocation: received() when the request is read, answered() before its answer is written.
  std::size_t received(std::vector<Item> items);
  void answered(std::size_t invocation, Outcome outcome);

  void sampled(StreamId stream, std::int64_t committed);
  void excuse(const std::string& topic, std::int32_t partition, std::int64_t offset);

  void disturbed();  // call it just before killing something

  std::size_t produced_count() const;
  std::size_t delivered_count() const;  // distinct records answered with success
  std::size_t invocation_count() const;

  // Waits until `count` distinct records (default: all that were produced and not excused) were answered with success.
  bool wait_until_delivered(std::chrono::milliseconds limit, std::size_t count = 0);

  History history() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable progress_;
  History history_;
  std::map<std::string, StreamId> ids_;
  std::set<std::pair<StreamId, std::int64_t>> excused_;
  std::vector<std::vector<bool>> done_;  // by stream and offset
  std::size_t delivered_ = 0;
};

// Reads the committed offsets of a group every 250 ms with a client of its own, until it is destroyed.
class CommitSampler {
 public:
  CommitSampler(Ledger& ledger, const std::string& bootstrap, std::string group, std::string topic);
  ~CommitSampler();

  // Waits until the group has committed `offset` of a partition.
  bool wait_for(std::int32_t partition, std::int64_t offset, std::chrono::milliseconds limit);

 private:
  void run();

  Ledger& ledger_;
  std::string bootstrap_, group_, topic_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::int32_t, std::int64_t> latest_;
  bool stopping_ = false;
  std::thread thread_;  // "e2e-sampler"; last, so that what it uses is there
};

}  // namespace millrace::e2e
