#include "decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace millrace::filter {
namespace {

int compare(const std::string& a, const std::string& b) {
  return Decimal(a).compare(Decimal(b));
}

TEST(Decimal, ComparesValuesNotSpellings) {
  for (const char* same : {"300", "300.0", "3e2", "3.00E+2", "0.03e4", "30000e-2"}) EXPECT_EQ(compare(same, "300"), 0);
  for (const char* zero : {"0", "-0", "0.000", "-0e99"}) EXPECT_EQ(compare(zero, "0"), 0);
  EXPECT_LT(compare("-1", "0"), 0);
  EXPECT_LT(compare("-10", "-9.99"), 0);
  EXPECT_GT(compare("1e-5", "0"), 0);
  EXPECT_GT(compare("12345678.12345678", "12345678.12345677"), 0);
  EXPECT_LT(compare("9.99e99", "1e100"), 0);
}

TEST(Decimal, KnowsWhatADoubleHolds) {
  const auto holds = [](const std::string& text) { return Decimal(text).is_comparable(text); };
  EXPECT_TRUE(holds("9007199254740992"));
  EXPECT_FALSE(holds("9007199254740993"));
  EXPECT_FALSE(holds("12345678901234567890"));
  EXPECT_FALSE(holds("1.234567890123456789"));
  EXPECT_FALSE(holds("1e309"));
  EXPECT_FALSE(holds("1e-325"));
  EXPECT_TRUE(holds("-122.42916360922355"));
  EXPECT_TRUE(holds("1" + std::string(300, '0')));
}

TEST(Decimal, OrdersAsDoublesDo) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = [&] {
      std::string text = random() % 2 ? "-" : "";
      text += std::to_string(random() % 10'000'000'000u);
      if (random() % 2) text += "." + std::to_string(random() % 100'000u);
      if (random() % 3 == 0) text += "e" + std::to_string(static_cast<int>(random() % 40) - 20);
      return text;
    };
    const std::string a = number(), b = number();
    const double x = std::stod(a), y = std::stod(b);
    ASSERT_EQ(compare(a, b), x < y ? -1 : x > y ? 1 : 0) << a << " " << b;
  }
}

}  // namespace
}  // namespace millrace::filter
