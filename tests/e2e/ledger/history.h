// History: everything that a test saw of a run, as plain data for the checker.
//
// Times are CLOCK_MONOTONIC nanoseconds of the test program. `answered_ns` is taken *before* the answer is written, so
// whatever the host does because of an answer happens later than it; the checker's comparisons rest on that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::e2e {

using StreamId = std::uint32_t;  // index into History::streams

// A record as its producer or the function saw it; `hash` covers key, value, headers and timestamp (see hash_record).
struct Item {
  StreamId stream = 0;
  std::int64_t offset = 0;
  std::uint64_t hash = 0;
};

enum class Outcome {
  kUnanswered,  // the connection ended, or was cut, before an answer was complete
  kRefused,     // an answer that says: not processed
  kDone,        // the answer that finishes these records
};

struct Invocation {
  std::uint64_t received_ns = 0;  // the whole request was read
  std::uint64_t answered_ns = 0;
  Outcome outcome = Outcome::kUnanswered;
  std::vector<Item> items;  // in the order of the request
};

// The committed offset of a stream, read by a client of the test's own.
struct CommitSample {
  std::uint64_t answered_ns = 0;
  StreamId stream = 0;
  std::int64_t offset = 0;
};

// A record that may be missing from the deliveries: in the spool, filtered, or gone from the log before it was read.
struct Excuse {
  StreamId stream = 0;
  std::int64_t offset = 0;
  std::uint64_t at_ns = 0;  // from when on the records after it may be sent and committed
};

struct History {
  std::vector<std::string> streams;  // "topic-partition"
  std::vector<Item> produced;
  std::vector<Invocation> invocations;  // in the order in which they were received
  std::vector<CommitSample> samples;    // in the order in which they were read
  std::vector<Excuse> excuses;
  std::vector<std::uint64_t> disturbances;  // when the test killed something, ascending: these explain duplicates
};

}  // namespace millrace::e2e
