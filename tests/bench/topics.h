// Topics: preloads what the cells read, and keeps at most one large topic at a time.
//
// Values are JSON objects of exactly the size asked for, different from one another, that compress about as text does,
// with `"status":"shipped"` as the last member: the filter of the cells looks at that one and keeps every record.
//
// Used by main.cc and the scenarios. One thread.
#pragma once

#include <string>

#include "tests/bench/cells.h"
#include "tests/e2e/kafka/cluster.h"

namespace millrace::bench {

// A value of `bytes` (at least 60), the same for the same number.
std::string make_value(std::size_t bytes, std::size_t number);

class Topics {
 public:
  explicit Topics(e2e::Cluster& kafka) : kafka_(kafka) {}

  // Fills the topic unless it is the one filled last; that one is deleted.
  void need(const Load& load);
  void drop();

 private:
  e2e::Cluster& kafka_;
  std::string held_;
};

}  // namespace millrace::bench
