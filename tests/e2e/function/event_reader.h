// read_event(): what a function sees in the JSON of a Kafka event, written from the documented shape of the event and
// not from our encoder.
//
// An absent key or value is Kafka's null; "" is empty. A header value is an array of signed bytes, or null. Throws
// std::runtime_error, with what is wrong, when the body is not such an event.
//
// Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/kafka/producer.h"

namespace millrace::e2e {

struct Event {
  std::string source;             // eventSource
  std::string bootstrap_servers;  // as sent: comma separated
  struct Record {
    Message message;
    std::int64_t offset = 0;
    std::string timestamp_type = {};
  };
  std::vector<Record> records;
};

Event read_event(std::string_view body);

}  // namespace millrace::e2e
