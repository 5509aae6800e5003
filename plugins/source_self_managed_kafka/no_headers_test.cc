// What is told of a record's headers without librdkafka is what librdkafka says, for every codec and every odd value.
#include "no_headers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "mock_kafka.h"

namespace millrace::kafka {
namespace {

struct Sent {
  std::string value;
  bool is_tombstone = false;
  int headers = 0;
};

// Every third has headers, and the first bytes that follow a value are as misleading as they can be.
std::vector<Sent> odd_records() {
  std::vector<Sent> all;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{70'000}})
    for (const char fill : {'\0', 'x'})
      for (const int headers : {0, 1, 64, 0}) all.push_back({std::string(size, fill), false, headers});
  for (const int headers : {0, 2}) all.push_back({"", true, headers});
  return all;
}

void produce(const std::string& bootstrap, const std::string& codec, const std::vector<Sent>& records) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), nullptr, 0);
  rd_kafka_conf_set(conf, "compression.codec", codec.c_str(), nullptr, 0);
  rd_kafka_conf_set(conf, "linger.ms", "20", nullptr, 0);
  const Owned<rd_kafka_t, rd_kafka_destroy> producer(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
  for (const Sent& record : records) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(4);
    for (int i = 0; i < record.headers; ++i) rd_kafka_header_add(headers, "", 0, "", 0);  // as many zeros as can be
    const char* value = record.is_tombstone ? nullptr : record.value.data();
    ASSERT_EQ(rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(codec.c_str()), RD_KAFKA_V_PARTITION(0),
                                RD_KAFKA_V_VALUE(const_cast<char*>(value), record.value.size()),
                                RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ASSERT_EQ(rd_kafka_flush(producer.get(), 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

TEST(NoHeaders, AreToldOnlyOfRecordsThatHaveNone) {
  testing::MockKafka kafka;
  const std::vector<Sent> records = odd_records();
  std::size_t told = 0, seen = 0;
  for (const std::string codec : {"none", "gzip", "lz4", "zstd"}) {
    kafka.create_topic(codec, 1);
    produce(kafka.bootstrap(), codec, records);
    const auto consumer = kafka.consumer(codec);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (std::size_t i = 0; i < records.size() && std::chrono::steady_clock::now() < until;) {
      const Owned<rd_kafka_message_t, rd_kafka_message_destroy> message(rd_kafka_consumer_poll(consumer.get(), 1000));
      if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      ASSERT_EQ(static_cast<std::size_t>(message->offset), i);
      ASSERT_EQ(message->len, records[i].value.size());
      if (surely_has_no_headers(message.get(), rd_kafka_message_leader_epoch(message.get()))) {
        ++told;
        EXPECT_EQ(records[i].headers, 0) << codec << " record " << i;
        rd_kafka_headers_t* headers = nullptr;
        EXPECT_EQ(rd_kafka_message_headers(message.get(), &headers), RD_KAFKA_RESP_ERR__NOENT);
      }
      ++i;
      ++seen;
    }
  }
  EXPECT_EQ(seen, 4 * records.size());
  if (rd_kafka_version() == RD_KAFKA_VERSION && rd_kafka_version() == 0x020e02ff) {
    EXPECT_EQ(told, 4 * 12u);  // two of four, of six kinds of value that are not empty
  }
}

TEST(NoHeaders, AreNotToldOfRecordsThatShowNoEpochOrValue) {
  // A record that librdkafka did not read from a broker has no epoch; nothing behind its value is looked at.
  rd_kafka_message_t message{};
  message.payload = const_cast<char*>("x");
  message.len = 1;
  EXPECT_FALSE(surely_has_no_headers(&message, rd_kafka_message_leader_epoch(&message)));
  message.payload = nullptr;
  EXPECT_FALSE(surely_has_no_headers(&message, rd_kafka_message_leader_epoch(&message)));
}

}  // namespace
}  // namespace millrace::kafka
