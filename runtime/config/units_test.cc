#include "runtime/config/units.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace millrace::config {
namespace {

TEST(Durations, AreReadInEveryUnit) {
  EXPECT_EQ(parse_duration_ms("0"), 0);
  EXPECT_EQ(parse_duration_ms("0s"), 0);
  EXPECT_EQ(parse_duration_ms("500ms"), 500);
  EXPECT_EQ(parse_duration_ms("5s"), 5'000);
  EXPECT_EQ(parse_duration_ms("1.5s"), 1'500);
  EXPECT_EQ(parse_duration_ms("1.250s"), 1'250);
  EXPECT_EQ(parse_duration_ms("0.5m"), 30'000);
  EXPECT_EQ(parse_duration_ms("2h"), 7'200'000);
  EXPECT_EQ(parse_duration_ms("7d"), 604'800'000);
}

TEST(Durations, WithoutAUnitOrWithANonsensicalOneAreRefused) {
  for (const char* text : {"",
                           "5",
                           "5 s",
                           " 5s",
                           "5s ",
                           "-5s",
                           "+5s",
                           "s",
                           "ms",
                           ".5s",
                           "5.s",
                           "1.0001s",
                           "1,5s",
                           "5S",
                           "5sec",
                           "1m30s",
                           "1e3s",
                           "0x5s",
                           "99999999999999999999s",
                           "9223372036854775807s",
                           "1.1.1s"})
    EXPECT_EQ(parse_duration_ms(text), std::nullopt) << text;
}

TEST(Sizes, AreReadInBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_bytes("0"), 0);
  EXPECT_EQ(parse_bytes("512B"), 512);
  EXPECT_EQ(parse_bytes("1KiB"), 1024);
  EXPECT_EQ(parse_bytes("6MiB"), 6'291'456);
  EXPECT_EQ(parse_bytes("1.5GiB"), 1'610'612'736);
  EXPECT_EQ(parse_bytes("10MB"), 10'000'000);
  EXPECT_EQ(parse_bytes("0.001KB"), 1);
}

TEST(Sizes, WithoutAUnitOrWithANonsensicalOneAreRefused) {
  for (const char* text : {"", "6", "6 MiB", "-6MiB", "6mib", "6M", "6MiBs", "0.1B", "0.3KiB", "8589934592GiB", "B"})
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
}

TEST(Units, ReadBackWhatTheyWrote) {
  std::mt19937_64 random(20261125);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> (1 + random() % 63));
    EXPECT_EQ(parse_duration_ms(format_duration_ms(value)), value) << format_duration_ms(value);
    EXPECT_EQ(parse_bytes(format_bytes(value)), value) << format_bytes(value);
  }
  EXPECT_EQ(format_duration_ms(300'000), "5m");
  EXPECT_EQ(format_duration_ms(90'000), "90s");
  EXPECT_EQ(format_duration_ms(0), "0s");
  EXPECT_EQ(format_bytes(6'291'456), "6MiB");
  EXPECT_EQ(format_bytes(1'000), "1000B");
  const auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(parse_duration_ms(format_duration_ms(most)), most);
}

TEST(Units, NeverReadARandomTextAsSomethingThatDoesNotStartWithADigit) {
  std::mt19937_64 random(7);
  constexpr std::string_view kAlphabet = "0123456789.smhdKMGiB -+eE";
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::uint64_t n = random() % 8; n > 0; --n) text += kAlphabet[random() % kAlphabet.size()];
    for (const auto value : {parse_duration_ms(text), parse_bytes(text)}) {
      if (!value) continue;
      EXPECT_GE(*value, 0) << text;
      EXPECT_TRUE(text.front() >= '0' && text.front() <= '9') << text;
    }
  }
}

TEST(Timestamps, AreReadWithZoneAndFraction) {
  EXPECT_EQ(parse_timestamp_ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_timestamp_ms("2026-01-31T00:00:00Z"), 1'769'817'600'000);
  EXPECT_EQ(parse_timestamp_ms("2026-01-31T01:30:00.250+01:30"), 1'769'817'600'250);
  EXPECT_EQ(parse_timestamp_ms("2026-01-30T22:00:00.1239-02:00"), 1'769'817'600'123);
  EXPECT_EQ(parse_timestamp_ms("2024-02-29t23:59:59z"), 1'709'251'199'000);
  EXPECT_EQ(parse_timestamp_ms("1969-12-31T23:59:59.500Z"), -500);
}

TEST(Timestamps, ThatDoNotExistAreRefused) {
  for (const char* text : {"", "2026-01-31", "2026-01-31T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-01-31T24:00:00Z", "2026-01-31T00:60:00Z", "2026-01-31 00:00:00Z", "26-01-31T00:00:00Z",
                           "2026-01-31T00:00:00.Z", "2026-01-31T00:00:00+0130", "2026-01-31T00:00:00Zjunk"})
    EXPECT_EQ(parse_timestamp_ms(text), std::nullopt) << text;
}

}  // namespace
}  // namespace millrace::config
