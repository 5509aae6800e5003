// decimal.h and json_text.h
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "decimal.h"
#include "json_text.h"

namespace millrace::lambda_event {
namespace {

template <class Integer>
std::string decimal(Integer value) {
  char out[64];
  return {out, write_decimal(out, value)};
}

std::string byte_array(const std::vector<std::uint8_t>& bytes) {
  std::string out(bytes.size() * 5 + 64, '\0');
  out.resize(static_cast<std::size_t>(write_byte_array(out.data(), bytes) - out.data()));
  return out;
}

TEST(Decimal, WritesEveryPowerOfTenAndItsNeighbours) {
  std::uint64_t power = 1;
  for (int digits = 0; digits < 20; ++digits, power *= 10) {
    for (const std::uint64_t value : {power - 1, power, power + 1}) {
      EXPECT_EQ(decimal(value), std::to_string(value));
      EXPECT_EQ(decimal_size(value), std::to_string(value).size()) << value;
    }
  }
}

TEST(Decimal, WritesTheEndsOfTheRange) {
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t value : {Limits::min(), Limits::min() + 1, std::int64_t{-10}, std::int64_t{-1},
                                   std::int64_t{0}, std::int64_t{1}, Limits::max()}) {
    EXPECT_EQ(decimal(value), std::to_string(value));
    EXPECT_EQ(decimal_size(value), std::to_string(value).size()) << value;
  }
  EXPECT_EQ(decimal(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(Decimal, AgreesWithTheLibraryOnRandomIntegers) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200000; ++i) {
    const auto value = static_cast<std::int64_t>(random()) >> (random() % 64);
    ASSERT_EQ(decimal(value), std::to_string(value));
    ASSERT_EQ(decimal_size(value), std::to_string(value).size());
  }
}

TEST(DecimalRun, WritesEachNumberWhateverCameBeforeIt) {
  using Limits = std::numeric_limits<std::int64_t>;
  std::vector<std::int64_t> values = {
      Limits::max() - 1, Limits::max(), 0, 7, 7, 3, -1, -10, Limits::min(), 9, 10, 100, 9};
  for (std::int64_t i = 0; i < 12'000; ++i) values.push_back(i);
  for (std::int64_t i = 0; i < 3'000; ++i) values.push_back(1'700'000'000'000 + i / 7);
  std::mt19937_64 random(5);
  for (int i = 0; i < 50'000; ++i) values.push_back(values.back() / 2 + static_cast<std::int64_t>(random() % 25) - 5);
  DecimalRun run;
  for (const std::int64_t value : values) {
    char out[64];
    ASSERT_EQ(std::string(out, run.write(out, value)), std::to_string(value));
  }
}

TEST(Decimal, WritesHeaderBytesAsSignedNumbers) {
  EXPECT_EQ(byte_array({118, 0xdc, 0, 127, 0x80}), "[118,-36,0,127,-128]");
  EXPECT_EQ(byte_array({}), "[]");
  EXPECT_EQ(byte_array({9}), "[9]");
}

TEST(Decimal, CountsEveryHeaderByteAsItWritesIt) {
  std::vector<std::uint8_t> all;
  std::string expected = "[";
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(static_cast<std::uint8_t>(byte));
    expected += std::to_string(byte < 128 ? byte : byte - 256) + (byte == 255 ? "]" : ",");
    EXPECT_EQ(byte_array_size(all), byte_array(all).size());
  }
  EXPECT_EQ(byte_array(all), expected);
}

TEST(JsonText, LeavesPlainTextAlone) {
  EXPECT_EQ(json_text("orders.v1_a-b and a long name of a header"), "orders.v1_a-b and a long name of a header");
  EXPECT_EQ(json_text(""), "");
  EXPECT_EQ(json_text("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x98"),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x98");
}

TEST(JsonText, EscapesWhatJsonEscapes) {
  EXPECT_EQ(json_text("a\"b\\c"), "a\\\"b\\\\c");
  EXPECT_EQ(json_text("\b\t\n\f\r"), "\\b\\t\\n\\f\\r");
  EXPECT_EQ(json_text(std::string("\0\x01\x1f", 3)), "\\u0000\\u0001\\u001f");
  EXPECT_EQ(json_text("\x7f/"), "\x7f/");
}

TEST(JsonText, ReplacesEachMaximalPartOfAnInvalidSequence) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(json_text("\xff"), r);
  EXPECT_EQ(json_text("a\x80z"), "a" + r + "z");
  EXPECT_EQ(json_text("\xc0\xaf"), r + r);                  // overlong
  EXPECT_EQ(json_text("\xe0\x80\xaf"), r + r + r);          // overlong
  EXPECT_EQ(json_text("\xed\xa0\x80"), r + r + r);          // surrogate
  EXPECT_EQ(json_text("\xf4\x90\x80\x80"), r + r + r + r);  // beyond U+10FFFF
  EXPECT_EQ(json_text("\xf0\x9f\x90"), r);                  // cut off
  EXPECT_EQ(json_text("\xf0\x9f\x90z"), r + "z");
  EXPECT_EQ(json_text("\xe2\x82\xe2\x82\xac"), r + "\xe2\x82\xac");
  // The example of the Unicode standard, section 3.9.
  EXPECT_EQ(json_text("\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64"),
            "a" + r + r + r + "b" + r + "c" + r + r + "d");
}

TEST(JsonText, TakesEveryCodePointAndItsSizeIsWhatItWrites) {
  for (std::uint32_t c = 0; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string in;
    if (c < 0x80) {
      in = {static_cast<char>(c)};
    } else if (c < 0x800) {
      in = {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      in = {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
            static_cast<char>(0x80 | (c & 63))};
    } else {
      in = {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
            static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
    const std::string out = json_text("0123" + in + "4567890");
    ASSERT_EQ(nlohmann::json::parse('"' + out + '"').get<std::string>(), "0123" + in + "4567890") << c;
  }
}

TEST(JsonText, NeverBreaksAJsonString) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 50000; ++i) {
    std::string in(random() % 40, '\0');
    for (char& c : in) c = static_cast<char>(random() % 3 == 0 ? random() : 0x20 + random() % 95);
    const std::string out = json_text(in);
    ASSERT_LE(out.size(), in.size() * kMostJsonBytesPerByte);
    ASSERT_TRUE(nlohmann::json::accept('"' + out + '"')) << out;
  }
}

}  // namespace
}  // namespace millrace::lambda_event
