#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

Config minimal(Config more = Config::object()) {
  Config c{{"bootstrap_servers", {"b1:9092", "[::1]:9093"}}, {"topics", {"orders"}}};
  c.update(more);
  return c;
}
Settings parsed(Config more = Config::object(), std::string_view host_id = "") {
  return parse_settings(minimal(std::move(more)), "pipe", host_id, 2);
}
Error refusal(Config more) {
  try {
    parsed(std::move(more));
  } catch (const Error& error) {
    return error;
  }
  return Error(MR_UNKNOWN, "accepted");
}

TEST(Settings, TakeThePipelinesNameAsTheGroup) {
  EXPECT_EQ(parsed().group, "pipe");
  EXPECT_EQ(parsed({{"consumer_group_id", "mine"}}).group, "mine");
  EXPECT_EQ(parsed().bootstrap_joined, "b1:9092,[::1]:9093");
}

TEST(Settings, JoinAsAStaticMemberOnlyWithAHostId) {
  EXPECT_EQ(parsed().static_member_id, "");
  EXPECT_EQ(parsed(Config::object(), "node 7/a").static_member_id, "node_7_a.pipe.2");
}

TEST(Settings, ReadRfc3339Times) {
  EXPECT_EQ(parse_timestamp_ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_timestamp_ms("2026-01-31T00:00:00Z"), 1769817600000);
  EXPECT_EQ(parse_timestamp_ms("2026-01-31T01:30:00.25+01:30"), 1769817600250);
  EXPECT_EQ(parse_timestamp_ms("2026-01-30t23:59:59.9999-00:00"), 1769817599999);
  for (const char* wrong : {"", "2026-01-31", "2026-01-31T00:00:00", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z",
                            "2026-01-31T00:00:00.Z", "2026-01-31T00:00:00+1:00", "2026-01-31T00:00:00Zz",
                            "2026-01-31T00:00:00+25:00", "x026-01-31T00:00:00Z"})
    EXPECT_EQ(parse_timestamp_ms(wrong), std::nullopt) << wrong;
}

TEST(Settings, ReadEveryStartingPosition) {
  EXPECT_EQ(parsed().start.kind, StartKind::kTrimHorizon);
  EXPECT_EQ(parsed({{"starting_position", "LATEST"}}).start.kind, StartKind::kLatest);
  const auto at = parsed({{"starting_position", {{"AT_TIMESTAMP", "2026-01-31T00:00:00Z"}}}}).start;
  EXPECT_EQ(at.kind, StartKind::kAtTimestamp);
  EXPECT_EQ(at.timestamp_ms, 1769817600000);
  EXPECT_EQ(refusal({{"starting_position", {{"AT_TIMESTAMP", "yesterday"}}}}).field(),
            "/starting_position/AT_TIMESTAMP");
}

TEST(Settings, RefuseOverridesThatBelongToOthersByName) {
  for (const char* name : {"sasl.password", "ssl.ca.location", "security.protocol", "group.id", "group.instance.id",
                           "plugin.library.paths", "enable.auto.commit", "enable.auto.offset.store",
                           "auto.offset.reset", "auto.commit.interval.ms", "bootstrap.servers", "session.timeout.ms",
                           "enable.ssl.certificate.verification", "partition.assignment.strategy"}) {
    const Error error = refusal({{"librdkafka", {{name, "x"}}}});
    EXPECT_EQ(error.id(), "MR3002") << name;
    EXPECT_EQ(error.field(), std::string("/librdkafka/") + name);
    EXPECT_THAT(error.what(), ::testing::HasSubstr(name));
  }
  EXPECT_STREQ(refusal({{"librdkafka", {{"statistics.interval.ms", 0}}}}).what(),
               "The librdkafka property statistics.interval.ms cannot be set here: lag and reconnecting live on the "
               "statistics.");
  EXPECT_EQ(
      parsed({{"librdkafka", {{"client.rack", "a"}, {"fetch.wait.max.ms", 7}, {"check.crcs", true}}}}).overrides,
      (std::map<std::string, std::string>{{"client.rack", "a"}, {"fetch.wait.max.ms", "7"}, {"check.crcs", "true"}}));
}

TEST(Settings, RefuseASessionLongerThanThePollInterval) {
  const Error error = refusal({{"session_timeout", 45'000}, {"librdkafka", {{"max.poll.interval.ms", 6000}}}});
  EXPECT_STREQ(error.what(), "session_timeout (45000 ms) is above max.poll.interval.ms (6000).");
  EXPECT_EQ(error.field(), "/session_timeout");
}

}  // namespace
}  // namespace millrace::kafka
