// RecordMaker: records as a topic really holds them, the same for the same seed.
//
// Keys are null, empty, short, binary; values are tombstones, empty, small text, kilobytes, and now and then a
// megabyte; headers repeat, are empty, or null. Spread over the partitions unevenly, by key.
//
// Confined to one thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "tests/e2e/kafka/producer.h"

namespace millrace::e2e {

class RecordMaker {
 public:
  RecordMaker(std::uint64_t seed, std::string topic, int partitions)
      : random_(seed), topic_(std::move(topic)), partitions_(partitions) {}

  Message next();

 private:
  std::int64_t between(std::int64_t low, std::int64_t high);
  std::string bytes(std::size_t size);
  Bytes value();

  std::mt19937_64 random_;
  std::string topic_;
  int partitions_;
};

}  // namespace millrace::e2e
