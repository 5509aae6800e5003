#include "decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>
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

TEST(Decimal, KnowsItAlsoWithoutAskingADouble) {
  std::mt19937_64 random(5);
  int held = 0, lost = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = std::to_string(1 + random() % 9);
    for (auto more = 14 + random() % 4; more > 0; --more) text += static_cast<char>('0' + random() % 10);
    const auto point = random() % text.size();
    if (point > 0) text.insert(point, 1, '.');
    const bool comparable = Number::parse(text).comparable;
    ASSERT_EQ(Decimal(text).is_comparable(text), comparable) << text;
    ++(comparable ? held : lost);
  }
  EXPECT_GT(held, 5'000);
  EXPECT_GT(lost, 5'000);
}

TEST(Decimal, IsReadFromTheTextAroundItToo) {
  for (const std::string text :
       {"0", "-0", "7", "-12", "300.5", "0.00012", "-122.42916360922355", "12345678", "123456789", "0.12345678",
        "1234567890123456789", "12345678901234567890", "0.00000000000000000001", "1e5", "-2.5E-7", "1.5e+300"})
    for (const char* const behind : {"", ",", "}", " ,", "]}      ", ",\"x\":1234567890}"}) {
      const std::string all = text + behind;
      Decimal number;
      const char* const end = number.read(all.data(), all.data() + all.size());
      EXPECT_EQ(static_cast<std::size_t>(end - all.data()), text.size()) << all;
      EXPECT_EQ(number.compare(Decimal(text)), 0) << all;
      EXPECT_EQ(number.is_exact(), Decimal(text).is_exact()) << all;
    }
}

TEST(Decimal, StopsWhereANumberWould) {
  for (const auto& [text, length] : {std::pair{"1e5-3-3", 3u},
                                     {"1.5.2", 3u},
                                     {"-x", 1u},
                                     {"", 0u},
                                     {"1e", 2u},
                                     {"12345678901234567890e+1.5", 23u},
                                     {"1e--5", 3u},
                                     {"1e+e5", 3u}}) {
    Decimal number;
    EXPECT_EQ(number.read(text, text + std::char_traits<char>::length(text)) - text, length) << text;
  }
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

TEST(Decimal, KnowsWhatADoubleHoldsAsItsSpellingTells) {
  std::mt19937_64 random(5);
  std::size_t held = 0, lost = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string digits;        // as many as a double is written with, or anything
    if (random() % 16 == 0) {  // where the steps between numbers change
      digits = random() % 2 ? "99999999999999999" : "10000000000000000";
      digits[15] = static_cast<char>('0' + random() % 10);
      digits[16] = static_cast<char>('0' + random() % 10);
    } else if (random() % 4 == 0) {
      digits = std::to_string(10'000'000'000'000'000 + random() % 90'000'000'000'000'000);
    } else {
      std::ostringstream out;
      out.precision(17);
      const bool is_power = random() % 8 == 0;  // doubles below are nearer to each other than those above
      const double mantissa =
          is_power ? std::ldexp(1, 52) + static_cast<double>(random() % 3) - 1 : static_cast<double>(random() >> 11);
      out << std::scientific << std::ldexp(mantissa, static_cast<int>(random() % 120) - 100);
      for (const char c : out.str().substr(0, out.str().find('e')))
        if (c != '.') digits += c;
      digits.resize(16 + random() % 2);
      if (random() % 2) digits.back() = static_cast<char>('0' + random() % 10);
    }
    const std::size_t before_dot = random() % (digits.size() + 1);
    const std::string text = (random() % 2 ? "-" : "") +
                             (before_dot == 0 ? "0." + std::string(random() % 13, '0') + digits
                                              : digits.substr(0, before_dot) + "." + digits.substr(before_dot) + "0");
    const bool expected = Number::parse(text).comparable;
    ++(expected ? held : lost);
    ASSERT_EQ(Decimal(text).is_comparable(text), expected) << text;
  }
  EXPECT_GT(held, 30'000u);
  EXPECT_GT(lost, 30'000u);
}

}  // namespace
}  // namespace millrace::filter
