// check(): judges a History. It knows Kafka and the delivery guarantee, and nothing about Millrace's code.
//
//   no loss        every produced record is in an invocation that was answered with success, or is excused
//   no invention   every delivered record was produced, with the same bytes
//   order          when a record of a stream is sent, everything before it in the stream is finished; inside a request
//                  a stream's records follow each other without a gap
//   commit safety  a committed offset never passes a record that is not finished
//   commits grow   a committed offset never goes back
//   duplicates     a record is delivered with success again only if something was killed since its delivery began, and
//                  had by then not been finished for longer than positions may stay uncommitted
//   one fate       an excused record is not also delivered with success
//
// Thread-safe: a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/ledger/history.h"

namespace millrace::e2e {

struct Expectations {
  bool complete = true;  // false: the run was ended on purpose before everything was delivered; loss is not judged
  bool ordered = true;   // false: more than one request of a stream may be in flight (ordering key, none)
  bool no_duplicates = false;  // true: not even a disturbance excuses one
  // Positions are committed so often, and the commit takes so long at most: what was finished earlier before a kill is
  // not delivered again. In numbers: after a kill a stream repeats at most what it finished in that time, and what was
  // in flight. 0: not judged.
  std::uint64_t committed_within_ns = 0;
  bool one_fate = true;  // false: excuses are allowances, not fates (records that were deleted while in retry)
};

// What one disturbance, or several of which only the first was felt, made the function see again.
struct Repetition {
  std::size_t again = 0;        // records delivered with success before it, and once more after it
  std::size_t in_flight = 0;    // of the records in requests that were under way at that moment, or reached it later
  std::size_t finished = 0;     // records finished within committed_within_ns before it
  std::uint64_t oldest_ns = 0;  // how long before it the oldest of `again` was finished
};

struct Report {
  std::vector<std::string> violations;       // at most five of each kind, in words
  std::map<std::string, std::size_t> kinds;  // kind -> how many
  std::size_t produced = 0;
  std::size_t delivered = 0;   // distinct records finished by the function
  std::size_t duplicates = 0;  // successful deliveries beyond each record's first
  std::size_t invocations = 0;
  std::size_t refused = 0;  // invocations without success
  std::map<std::string, std::size_t> duplicates_by_stream;
  std::map<std::uint64_t, Repetition> repetitions;  // by the disturbance's time

  bool ok() const { return violations.empty(); }
  std::string to_string() const;
};

Report check(const History& history, const Expectations& expectations = {});

}  // namespace millrace::e2e
