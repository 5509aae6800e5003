#include "runtime/dev/event_printer.h"

#include <gtest/gtest.h>

namespace millrace::dev {
namespace {

std::string record(int offset, const std::string& value) {
  return R"({"topic":"orders","partition":0,"offset":)" + std::to_string(offset) +
         R"(,"timestamp":1700000000000,"timestampType":"CREATE_TIME","value":")" + value + R"(","headers":[]})";
}

std::string event(const std::string& records) {
  return R"({"eventSource":"SelfManagedKafka","bootstrapServers":"b:9092","records":{"orders-0":[)" + records + "]}}";
}

TEST(EventPrinter, PrintsTheFirstEventAsJsonAndLaterOnesAsALine) {
  std::string shown;
  EventPrinter printer([&](std::string_view text) { shown = text; });
  const std::string three = event(record(4, "eyJhIjoxfQ==") + "," + record(6, "Yg==") + "," + record(9, "Yw=="));
  printer.on_event(three);
  EXPECT_EQ(shown, "event 1: 3 records (orders-0 at 4–9), " + std::to_string(three.size()) + R"( bytes
{
  "eventSource": "SelfManagedKafka",
  "bootstrapServers": "b:9092",
  "records": {
    "orders-0": [
      {
        "topic": "orders",
        "partition": 0,
        "offset": 4,
        "timestamp": 1700000000000,
        "timestampType": "CREATE_TIME",
        "value": "eyJhIjoxfQ==",
        "headers": []
      },
      {
        "topic": "orders",
        "partition": 0,
        "offset": 6,
        "timestamp": 1700000000000,
        "timestampType": "CREATE_TIME",
        "value": "Yg==",
        "headers": []
      }
    ]
  }
}
… and 1 more record like these
first value, decoded: {"a":1})");
  const std::string one = event(record(10, "eyJhIjoxfQ=="));
  printer.on_event(one);
  EXPECT_EQ(shown,
            "event 2: 1 record (orders-0 at 10), " + std::to_string(one.size()) + R"( bytes, first value {"a":1})");
}

TEST(EventPrinter, StaysShortWhateverArrives) {
  std::string shown;
  EventPrinter printer([&](std::string_view text) { shown = text; });
  std::string many = record(0, std::string(100'000, 'A'));
  for (int i = 1; i < 1000; ++i) many += "," + record(i, "Yg==");
  printer.on_event(event(many));
  EXPECT_LT(shown.size(), 3000u);
  EXPECT_NE(shown.find("998 more records"), std::string::npos);
}

TEST(EventPrinter, SurvivesWhatIsNoEvent) {
  std::string shown;
  EventPrinter printer([&](std::string_view text) { shown = text; });
  for (const char* text : {"", "null", "{}", "[1]", R"({"records":[1]})", R"({"records":{"a-0":[{}]}})"}) {
    printer.on_event(text);
    EXPECT_NE(shown.find("not the event"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace millrace::dev
