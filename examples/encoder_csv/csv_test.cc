// The encoder through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

MR_DECLARE_PLUGIN(encoder_csv);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance, BatchBuilder

class CsvTest : public ::testing::Test {
 protected:
  FakeHost host_;
  Instance csv_{component(millrace_plugin_entry_v1_encoder_csv(), "csv"), host_};
  BatchBuilder batch_;
};

TEST_F(CsvTest, WritesARowForEachRecord) {
  batch_.add({.key = "k", .value = "v", .partition = 3, .position = 41, .timestamp_ms = 7});
  batch_.add({.key = "k", .value = "w", .partition = 3, .position = 42, .timestamp_ms = -1});
  EXPECT_EQ(csv_.encode(batch_.build()).body, "\"orders\",3,41,7,\"k\",\"v\"\n\"orders\",3,42,,\"k\",\"w\"\n");
}

TEST_F(CsvTest, KeepsEveryByteAndTellsAbsentFromEmpty) {
  batch_.add({.key = std::nullopt, .value = "a\"b,\n\xff", .topic = "t", .timestamp_ms = -1});
  batch_.add({.key = "", .value = std::nullopt, .topic = "t", .timestamp_ms = -1});
  EXPECT_EQ(csv_.encode(batch_.build()).body, "\"t\",0,0,,,\"a\"\"b,\n\xff\"\n\"t\",0,1,,\"\",\n");
}

TEST_F(CsvTest, StopsAtEitherLimitAndGoesOnThere) {
  for (int i = 0; i < 3; ++i) batch_.add({.value = "0123456789", .topic = "t", .timestamp_ms = -1});
  const auto row = csv_.encode(batch_.build(), 0, {0, 1, 0});  // one record
  EXPECT_EQ(row.cursor, 1u);
  const mr_limits two_rows{2 * row.body.size() + 1, 0, 0};
  const auto two = csv_.encode(batch_.build(), 0, two_rows);
  EXPECT_EQ(two.cursor, 2u);
  EXPECT_LE(two.body.size(), two_rows.max_bytes);
  EXPECT_EQ(csv_.encode(batch_.build(), 2, two_rows).cursor, 3u);
}

TEST_F(CsvTest, LeavesOutWhatAFilterDropped) {
  for (const char* value : {"a", "b", "c"}) batch_.value(value);
  const auto out = csv_.encode(batch_.build(), std::vector<std::uint64_t>{0b101});
  EXPECT_EQ(out.cursor, 3u);
  EXPECT_EQ(out.body.find("\"b\""), std::string::npos);
}

TEST_F(CsvTest, NamesTheRecordThatFitsIntoNoRequest) {
  batch_.value("small").value(std::string(1000, 'x'));
  const auto out = csv_.encode(batch_.build(), 1, {100, 0, 0});
  EXPECT_FALSE(out.fits);
  EXPECT_EQ(out.cursor, 1u);
  EXPECT_EQ(out.body, "");
}

}  // namespace
