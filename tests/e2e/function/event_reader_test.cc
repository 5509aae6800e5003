#include "tests/e2e/function/event_reader.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::e2e {
namespace {

std::string event(const std::string& records) {
  return R"({"eventSource":"SelfManagedKafka","bootstrapServers":"a:1,b:2","records":{)" + records + "}}";
}

std::string record(const std::string& rest) {
  return R"("t-3":[{"topic":"t","partition":3,"offset":15,"timestamp":1700000000123,"timestampType":"CREATE_TIME",)" +
         rest + "}]";
}

std::string why(const std::string& body) {
  try {
    read_event(body);
    return "accepted";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(ReadEvent, ReadsEveryFieldOfARecord) {
  const Event read =
      read_event(event(record(R"("key":"AP8=","value":"aGk=","headers":[{"h":[-1,0,127]},{"h":null},{"e":[]}])")));
  EXPECT_EQ(read.source, "SelfManagedKafka");
  EXPECT_EQ(read.bootstrap_servers, "a:1,b:2");
  ASSERT_EQ(read.records.size(), 1U);
  const Event::Record& first = read.records[0];
  EXPECT_EQ(first.offset, 15);
  EXPECT_EQ(first.timestamp_type, "CREATE_TIME");
  EXPECT_EQ(first.message.timestamp, 1700000000123);
  EXPECT_EQ(first.message.key, Bytes(std::string("\0\xff", 2)));
  EXPECT_EQ(first.message.value, Bytes("hi"));
  ASSERT_EQ(first.message.headers.size(), 3U);
  EXPECT_EQ(first.message.headers[0].second, Bytes(std::string("\xff\0\x7f", 3)));
  EXPECT_EQ(first.message.headers[1].second, std::nullopt);
  EXPECT_EQ(first.message.headers[2].second, Bytes(""));
}

TEST(ReadEvent, TellsNullFromEmpty) {
  const Event read = read_event(event(record(R"("value":"","headers":[])")));
  EXPECT_EQ(read.records[0].message.key, std::nullopt);
  EXPECT_EQ(read.records[0].message.value, Bytes(""));
}

TEST(ReadEvent, RefusesWhatIsNoEvent) {
  EXPECT_NE(why("{"), "accepted");
  EXPECT_EQ(why(event(R"("t-3":[])")), "not a Kafka event: an empty list of records under t-3");
  EXPECT_EQ(why(event(R"("t-4)" + record(R"("headers":[])").substr(4))),
            "not a Kafka event: a record of t-3 under t-4");
  EXPECT_EQ(why(event(record(R"("value":"aGk","headers":[])"))),
            "not a Kafka event: base64 of a length that is no multiple of 4");
  EXPECT_EQ(why(event(record(R"("value":"a-k=","headers":[])"))), "not a Kafka event: base64 with a foreign character");
  EXPECT_EQ(why(event(record(R"("headers":[{"h":[200]}])"))), "not a Kafka event: a header byte outside -128 to 127");
  EXPECT_NE(why(event(record(R"("value":null,"headers":[])"))), "accepted");
}

}  // namespace
}  // namespace millrace::e2e
