#include "number.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::filter {
namespace {

TEST(Number, ComparesByValueWhateverTheSpelling) {
  for (const char* text : {"300", "300.0", "3.0e2", "3E+2", "30000e-2", "300.000000000000000000000000000000"}) {
    EXPECT_TRUE(Number::parse(text).comparable) << text;
    EXPECT_EQ(Number::parse(text).value, 300.0) << text;
  }
  for (const char* text : {"0", "-0", "-0.0", "0e999999999999999999999", "0.000"}) {
    EXPECT_TRUE(Number::parse(text).comparable) << text;
    EXPECT_EQ(Number::parse(text).value, 0.0) << text;
  }
}

TEST(Number, IsComparableAtTheEdgesOfADouble) {
  for (const char* text :
       {"9007199254740992", "1.7976931348623157e308", "-37.80780792169409", "1e23", "0.1", "-122.42916360922355"})
    EXPECT_TRUE(Number::parse(text).comparable) << text;
}

TEST(Number, HasNoOrderWhereADoubleWouldLosePrecision) {
  for (const char* text : {"1.234567890123456789", "9007199254740993", "12345678901234567890", "0.10000000000000001",
                           "-37.807807921694092", "1e309", "-1e309", "1e-325", "1e99999999999999999999"})
    EXPECT_FALSE(Number::parse(text).comparable) << text;
  EXPECT_FALSE(Number::parse("1" + std::string(5000, '0') + "1").comparable);
}

}  // namespace
}  // namespace millrace::filter
