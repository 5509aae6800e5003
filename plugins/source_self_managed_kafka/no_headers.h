// Tells of most records that they have no headers without asking librdkafka, which allocates a parser for the answer.
//
// Never says so of a record that has some: it looks at the count of headers itself, which stands behind the value in
// what the broker sent (record format 2, which alone has headers), and only with the version of librdkafka that was
// read for this: it hands out keys, values and headers where they lie, and a leader epoch of records in that format
// only. Anything else is librdkafka's to answer.
//
// Rationale: a tenth of all the CPU that a record of 100 bytes costs on its way to a function (docs/benchmarks.md).
//
// Used by fetched_records.cc. Thread-safe: a pure function.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>

namespace millrace::kafka {

// epoch: the message's own, -1 when it shows none. One of another message is no proof of the format.
inline bool surely_has_no_headers(const rd_kafka_message_t* message, std::int32_t epoch) {
  constexpr int kReadVersion = 0x020e02ff;
  static const bool is_known_layout = rd_kafka_version() == kReadVersion;
  // An empty value has an address elsewhere.
  if (!is_known_layout || message->len == 0 || epoch < 0) return false;
  return static_cast<const char*>(message->payload)[message->len] == 0;
}

}  // namespace millrace::kafka
