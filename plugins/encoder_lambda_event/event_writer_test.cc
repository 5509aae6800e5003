#include "event_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "test_batch.h"

namespace millrace::lambda_event {
namespace {

using Json = nlohmann::ordered_json;

struct Written {
  bool fits = false;
  std::uint32_t cursor = 0;
  std::string body;
};

Written write(TestBatch& batch, mr_limits limits = {}, std::uint32_t cursor = 0, std::vector<std::uint64_t> keep = {}) {
  if (keep.empty()) keep = batch.all_kept();
  Body body;
  Written written;
  written.cursor = cursor;
  mr_writer table = body.writer();
  Writer writer(&table);
  written.fits = EventWriter().write(Batch(&batch.view()), keep.data(), limits, written.cursor, writer);
  written.body = body.text;
  return written;
}

mr_limits at_most(std::uint64_t most) {
  return {most, 0, 0};
}
mr_limits count(std::uint32_t most) {
  return {0, most, 0};
}

std::string file(const std::string& name) {
  std::ifstream in(std::string(MR_TESTDATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// `MR_REFRESH=1 encoder_lambda_event_test` writes the golden files anew.
void expect_golden(const std::string& name, const std::string& body) {
  if (std::getenv("MR_REFRESH") != nullptr) {
    std::ofstream(std::string(MR_TESTDATA) + "/" + name, std::ios::binary) << body << "\n";
  }
  EXPECT_EQ(body + "\n", file(name));
}

std::string decode(const std::string& base64) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, have = 0;
  for (const char c : base64) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(alphabet.find(c));
    if ((have += 6) >= 8) out += static_cast<char>(bits >> (have -= 8) & 255);
  }
  return out;
}

TEST(Event, IsTheDocumentedOneByteForByteInItsFieldOrder) {
  Json documented = Json::parse(file("documented_event.json"));
  Json& record = documented["records"]["mytopic-0"][0];

  TestBatch batch;
  batch.attributes = {{"eventSource", "SelfManagedKafka"},
                      {"bootstrapServers", documented["bootstrapServers"].get<std::string>()}};
  batch.streams = {{"mytopic", 0}};
  batch.records = {{.position = 15,
                    .timestamp_ms = 1545084650987,
                    .key = decode("abcDEFghiJKLmnoPQRstuVWXyz1234=="),
                    .value = "Hello, this is a test.",
                    .headers = {{"headerKey", "headerValue"}}}};

  // The documented key is not what an encoder can produce: its last character carries four bits that its bytes do not
  // have. Those bytes encoded end in "3w==" ...
  EXPECT_EQ(record["key"], "abcDEFghiJKLmnoPQRstuVWXyz1234==");
  record["key"] = "abcDEFghiJKLmnoPQRstuVWXyz123w==";
  // ... and everything else is equal, once the white space is gone.
  EXPECT_EQ(write(batch).body, documented.dump());
}

TEST(Event, OfATopicWithLogAppendTimeIsGolden) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"audit.log", 7}};
  batch.records = {
      {.position = 0, .timestamp_ms = 1700000000000, .flags = MR_TIME_LOG_APPEND, .key = "k", .value = "v"},
      {.position = 1,
       .timestamp_ms = 1700000000001,
       .flags = MR_TIME_LOG_APPEND,
       .value = std::string("\0\xff\x80", 3),
       .headers = {{"trace", std::string("v\xdc\0\x7f\x80", 5)}, {"trace", ""}, {"trace", std::nullopt}}}};
  expect_golden("log_append_time.json", write(batch).body);
}

TEST(Event, GroupsRecordsByTopicAndPartition) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"orders", 0}, {"orders", 1}, {"orders", 10}};
  batch.records = {{.stream = 1, .position = 5, .value = "a"},
                   {.stream = 1, .position = 6, .value = "b"},
                   {.stream = 0, .position = 9, .value = "c"},
                   {.stream = 2, .position = 1, .value = "d"}};
  expect_golden("three_partitions.json", write(batch).body);
}

TEST(Event, LeavesOutANullKeyAndANullValueAndKeepsEmptyOnes) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{.key = std::nullopt, .value = std::nullopt}, {.position = 1, .key = "", .value = ""}};
  const Json records = Json::parse(write(batch).body)["records"]["t-0"];
  EXPECT_FALSE(records[0].contains("key"));
  EXPECT_FALSE(records[0].contains("value"));
  EXPECT_EQ(records[1]["key"], "");
  EXPECT_EQ(records[1]["value"], "");
}

TEST(Event, WritesHeadersInOrderWithRepeatedNamesAndNullValues) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{.headers = {{"b", "\xc3\xab"}, {"a", std::nullopt}, {"b", ""}, {"", "x"}}}, {.position = 1}};
  const Json records = Json::parse(write(batch).body)["records"]["t-0"];
  EXPECT_EQ(records[0]["headers"].dump(), R"([{"b":[-61,-85]},{"a":null},{"b":[]},{"":[120]}])");
  EXPECT_EQ(records[1]["headers"].dump(), "[]");
}

TEST(Event, EscapesNamesThatNobodyChecked) {
  TestBatch batch = TestBatch::kafka();
  batch.attributes[1].second = "b\"1:9092";
  batch.streams = {{"to\"pic\n", 0}};
  batch.records = {{.headers = {{"he\\ader\xff", "x"}}}};
  const Json event = Json::parse(write(batch).body);
  EXPECT_EQ(event["bootstrapServers"], "b\"1:9092");
  ASSERT_TRUE(event["records"].contains("to\"pic\n-0"));
  EXPECT_EQ(event["records"]["to\"pic\n-0"][0]["topic"], "to\"pic\n");
  EXPECT_TRUE(event["records"]["to\"pic\n-0"][0]["headers"][0].contains("he\\ader\xef\xbf\xbd"));
}

TEST(Event, SaysWhenThereIsNoTimestamp) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{.timestamp_ms = -1, .flags = MR_TIME_UNKNOWN}};
  const Json record = Json::parse(write(batch).body)["records"]["t-0"][0];
  EXPECT_EQ(record["timestamp"], -1);
  EXPECT_EQ(record["timestampType"], "NO_TIMESTAMP_TYPE");
}

TEST(Event, HasNoEventSourceArnAndNoAttributeThatTheSourceDidNotGive) {
  TestBatch batch;
  batch.attributes = {{"eventSourceArn", "arn:x"}, {"other", "y"}};
  batch.streams = {{"t", 0}};
  batch.records = {{}};
  const Json event = Json::parse(write(batch).body);
  EXPECT_EQ(event.size(), 1u);
  EXPECT_TRUE(event.contains("records"));
}

TEST(Event, TakesKeptRecordsOnlyAndMovesTheCursorToTheNextOne) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  for (int i = 0; i < 200; ++i) batch.records.push_back({.position = i});
  std::vector<std::uint64_t> keep(4, 0);
  for (const std::size_t kept : {3u, 64u, 130u, 199u}) keep[kept / 64] |= std::uint64_t{1} << kept % 64;

  Written first = write(batch, count(2), 0, keep);
  EXPECT_TRUE(first.fits);
  EXPECT_EQ(first.cursor, 130u);
  const Json records = Json::parse(first.body)["records"]["t-0"];
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0]["offset"], 3);
  EXPECT_EQ(records[1]["offset"], 64);

  const Written second = write(batch, count(2), first.cursor, keep);
  EXPECT_EQ(second.cursor, 200u);
  EXPECT_EQ(Json::parse(second.body)["records"]["t-0"].size(), 2u);
}

TEST(Event, IsNotWrittenWhenNothingIsKept) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{}, {.position = 1}};
  const Written written = write(batch, {}, 0, {0});
  EXPECT_TRUE(written.fits);
  EXPECT_EQ(written.cursor, 2u);
  EXPECT_EQ(written.body, "");
}

TEST(Event, StopsExactlyAtTheLimitOfBytes) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}, {"t", 1}};
  for (std::uint32_t i = 0; i < 12; ++i) {
    batch.records.push_back(
        {.stream = i / 6, .position = i, .value = std::string(i * 7, 'x'), .headers = {{"h\n", "abc"}}});
  }
  // Sizes of the bodies with 1 ... 12 records.
  std::vector<std::uint64_t> sizes;
  for (std::uint32_t n = 1; n <= 12; ++n) sizes.push_back(write(batch, count(n)).body.size());
  for (std::uint64_t most = sizes.front(); most <= sizes.back() + 1; ++most) {
    const Written written = write(batch, at_most(most));
    const auto expected =
        static_cast<std::uint32_t>(std::upper_bound(sizes.begin(), sizes.end(), most) - sizes.begin());
    ASSERT_TRUE(written.fits);
    ASSERT_EQ(written.cursor, expected) << most;
    ASSERT_EQ(written.body.size(), sizes[expected - 1]);
  }
}

TEST(Event, RefusesARecordThatDoesNotFitAloneAndAdvancesNothing) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{}, {.position = 1, .value = std::string(1000, 'x')}};
  const std::uint64_t alone = write(batch, {}, 1).body.size();
  EXPECT_TRUE(write(batch, at_most(alone), 1).fits);

  const Written written = write(batch, at_most(alone - 1), 0, {2});
  EXPECT_FALSE(written.fits);
  EXPECT_EQ(written.cursor, 1u);  // on the record that is too large, past the one that was not kept
  EXPECT_EQ(written.body, "");
}

TEST(Event, RefusesAHugeRecordWithoutAskingForRoom) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{.value = std::string(5 << 20, 'x')}};
  Body body;
  std::uint32_t cursor = 0;
  const auto keep = batch.all_kept();
  mr_writer table = body.writer();
  Writer writer(&table);
  EXPECT_FALSE(EventWriter().write(Batch(&batch.view()), keep.data(), at_most(6291456), cursor, writer));
  EXPECT_EQ(body.reservations, 0u);
}

TEST(Event, HeadersCountTowardsTheLimit) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{.headers = {{"h", std::string(1000, '\x80')}}}};  // "-128," each
  EXPECT_GT(write(batch).body.size(), 5000u);
  EXPECT_FALSE(write(batch, at_most(5000)).fits);
}

TEST(Event, EndsBeforeAPartitionThatItAlreadyClosed) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}, {"t", 1}, {"t", 0}};  // the third: the same partition, assigned anew
  batch.records = {{.stream = 0, .position = 1}, {.stream = 1, .position = 2}, {.stream = 2, .position = 3}};
  const Written written = write(batch);
  EXPECT_EQ(written.cursor, 2u);
  EXPECT_EQ(Json::parse(written.body)["records"].size(), 2u);

  batch.records = {{.stream = 0, .position = 1}, {.stream = 2, .position = 3}};
  EXPECT_EQ(Json::parse(write(batch).body)["records"]["t-0"].size(), 2u);
}

TEST(Event, ReportsAHostWithoutMemoryAndLeavesTheCursor) {
  TestBatch batch = TestBatch::kafka();
  batch.streams = {{"t", 0}};
  batch.records = {{}, {.position = 1}};
  for (const std::uint64_t refuse_after : {0, 1, 2}) {
    Body body;
    body.refuse_after = refuse_after;
    std::uint32_t cursor = 0;
    const auto keep = batch.all_kept();
    mr_writer table = body.writer();
    Writer writer(&table);
    EXPECT_THROW(EventWriter().write(Batch(&batch.view()), keep.data(), {}, cursor, writer), std::bad_alloc);
    EXPECT_EQ(cursor, 0u);
  }
}

// ---- property: whatever the records, bodies within the limits that parse and hold exactly the kept records
// ------------

std::string random_bytes(std::mt19937_64& random, std::size_t most) {
  std::string bytes(random() % (most + 1), '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

Bytes random_field(std::mt19937_64& random, std::size_t most) {
  if (random() % 5 == 0) return std::nullopt;
  return random_bytes(random, random() % 4 == 0 ? most : 20);
}

void expect_record(const Json& json, const TestRecord& record, const std::pair<std::string, std::int32_t>& stream) {
  ASSERT_EQ(json["topic"], stream.first);
  ASSERT_EQ(json["partition"], stream.second);
  ASSERT_EQ(json["offset"], record.position);
  ASSERT_EQ(json["timestamp"], record.timestamp_ms);
  ASSERT_EQ(json.contains("key"), record.key.has_value());
  ASSERT_EQ(json.contains("value"), record.value.has_value());
  if (record.key) {
    ASSERT_EQ(decode(json["key"]), *record.key);
  }
  if (record.value) {
    ASSERT_EQ(decode(json["value"]), *record.value);
  }
  ASSERT_EQ(json["headers"].size(), record.headers.size());
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    ASSERT_EQ(json["headers"][i].size(), 1u);
    const Json& value = json["headers"][i].begin().value();
    ASSERT_EQ(value.is_null(), !record.headers[i].second.has_value());
    if (value.is_null()) continue;
    std::string bytes;
    for (const auto& byte : value) bytes += static_cast<char>(byte.get<int>());
    ASSERT_EQ(bytes, *record.headers[i].second);
  }
}

TEST(Event, RoundTripsWhateverTheRecordsAndTheLimits) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    TestBatch batch = TestBatch::kafka();
    const std::size_t streams = 1 + random() % 4;
    for (std::size_t i = 0; i < streams; ++i) batch.streams.push_back({"topic", static_cast<std::int32_t>(i)});
    const std::size_t records = random() % 200;
    for (std::size_t i = 0; i < records; ++i) {
      TestRecord record{.stream = static_cast<std::uint32_t>(i * streams / records),
                        .position = static_cast<std::int64_t>(random() >> (1 + random() % 60)),
                        .timestamp_ms = static_cast<std::int64_t>(random() >> (1 + random() % 60)),
                        .flags = static_cast<std::uint32_t>(random() % 3),
                        .key = random_field(random, 100),
                        .value = random_field(random, 3000)};
      for (std::uint64_t h = random() % 4; h > 0; --h) {
        record.headers.emplace_back(random_bytes(random, 30), random_field(random, 100));
      }
      batch.records.push_back(std::move(record));
    }
    std::vector<std::uint64_t> keep = batch.all_kept();
    for (std::uint64_t& word : keep) word &= random() | random();

    std::vector<std::size_t> kept, found;
    for (std::size_t i = 0; i < records; ++i) {
      if (keep[i / 64] >> i % 64 & 1) kept.push_back(i);
    }
    const mr_limits limits{random() % 2 ? 200 + random() % 20000 : 0,
                           random() % 2 ? static_cast<std::uint32_t>(1 + random() % 50) : 0, 0};
    std::uint32_t cursor = 0;
    while (cursor < records) {
      const std::uint32_t before = cursor;
      const Written written = write(batch, limits, cursor, keep);
      cursor = written.cursor;
      if (!written.fits) {
        ASSERT_EQ(written.body, "");
        ASSERT_TRUE(keep[cursor / 64] >> cursor % 64 & 1);
        ASSERT_GT(write(batch, count(1), cursor, keep).body.size(), limits.max_bytes);
        found.push_back(cursor++);
        continue;
      }
      ASSERT_GT(cursor, before);
      if (written.body.empty()) continue;
      if (limits.max_bytes != 0) {
        ASSERT_LE(written.body.size(), limits.max_bytes);
      }
      const Json event = Json::parse(written.body);
      std::uint32_t taken = 0;
      std::map<std::string, std::size_t> next;
      for (std::uint32_t i = before; i < cursor; ++i) {
        if (!(keep[i / 64] >> i % 64 & 1)) continue;
        const auto& stream = batch.streams[batch.records[i].stream];
        const std::string group = stream.first + "-" + std::to_string(stream.second);
        ASSERT_LT(next[group], event["records"][group].size());
        ASSERT_NO_FATAL_FAILURE(expect_record(event["records"][group][next[group]++], batch.records[i], stream));
        found.push_back(i);
        ++taken;
      }
      for (const auto& [group, array] : event["records"].items()) ASSERT_EQ(array.size(), next[group]);
      if (limits.max_records != 0) {
        ASSERT_LE(taken, limits.max_records);
      }
    }
    ASSERT_EQ(found, kept);
  }
}

}  // namespace
}  // namespace millrace::lambda_event
