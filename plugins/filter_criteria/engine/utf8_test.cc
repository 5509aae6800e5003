#include "utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::filter {
namespace {

std::string encoded(char32_t code) {
  std::string text;
  append_utf8(text, code);
  return text;
}

const std::vector<std::string>& well_formed() {
  static const std::vector<std::string> texts = {"a",
                                                 encoded(0x80),
                                                 encoded(0x7FF),
                                                 encoded(0x800),
                                                 encoded(0xD7FF),
                                                 encoded(0xE000),
                                                 encoded(0xFFFF),
                                                 encoded(0x10000),
                                                 encoded(0x10FFFF)};
  return texts;
}

const std::vector<std::string>& malformed() {
  static const std::vector<std::string> texts = {"\x80",
                                                 "\xC0\x80",
                                                 "\xC1\xBF",
                                                 "\xE0\x9F\xBF",
                                                 "\xED\xA0\x80",
                                                 "\xF0\x8F\xBF\xBF",
                                                 "\xF4\x90\x80\x80",
                                                 "\xF5\x80\x80\x80",
                                                 "\xFF",
                                                 "\xC3",
                                                 "\xE2\x82",
                                                 "\xF0\x9F\x98",
                                                 "\xC3(",
                                                 "\xE2\x82(",
                                                 "\xF0\x9F\x98("};
  return texts;
}

// Around what a vector of the processor holds, so that a character may lie across the seam of two, or be cut by the
// end.
template <class Check>
void at_each_place(const std::string& character, const Check& check) {
  for (std::size_t before = 0; before < 140; ++before)
    for (const std::size_t after : {0, 1, 70}) check(std::string(before, 'a') + character + std::string(after, 'b'));
}

TEST(Utf8, TakesEachCharacterAtEachPlace) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string_view()));
  for (const std::string& character : well_formed())
    at_each_place(character, [](const std::string& text) { EXPECT_TRUE(is_utf8(text)) << text; });
}

TEST(Utf8, RefusesWhatIsNotWellFormedAtEachPlace) {
  for (const std::string& bytes : malformed())
    at_each_place(bytes, [](const std::string& text) { EXPECT_FALSE(is_utf8(text)) << text; });
}

TEST(Utf8, TakesCharactersAsTheyWereAppended) {
  for (const char32_t code : {U'a', U'\x80', U'\x7FF', U'\x800', U'\xFFFF', U'\x10000', U'\x10FFFF'}) {
    const std::string text = encoded(code) + "b";
    std::string_view left = text;
    EXPECT_EQ(take_utf8(left), code);
    EXPECT_EQ(left, "b");
  }
}

}  // namespace
}  // namespace millrace::filter
