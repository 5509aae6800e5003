#include "json_reader.h"

#include <gtest/gtest.h>

namespace millrace::filter {
namespace {

using Token = JsonReader::Token;

// The token that the text ends with: kEnd for JSON, else kFault.
Token last_token(std::string_view text) {
  JsonReader reader(text);
  for (;;)
    if (const Token token = reader.next(); token == Token::kEnd || token == Token::kFault) return token;
}

std::string string_of(std::string_view text) {
  JsonReader reader(text);
  if (reader.next() != Token::kString) return "(fault)";
  std::string value(reader.value());
  return reader.next() == Token::kEnd ? value : "(fault)";
}

TEST(JsonReader, TakesWhatTheGrammarTakes) {
  for (const char* text : {"0", "-0", "-0.5e+3", "1E5", "true", "null", "\"\"", "[]", "{}", " [ 1 , {\"a\" : [ ] } ]\n",
                           "{\"a\":{\"b\":[[]]},\"a\":1}", "\"\\u0000\\\"\\/\\b\\f\\n\\r\\t\""})
    EXPECT_EQ(last_token(text), Token::kEnd) << text;
}

TEST(JsonReader, RefusesWhatTheGrammarRefuses) {
  for (const char* text : {"",         " ",           "01",
                           "-",        "+1",          ".5",
                           "1.",       "1e",          "1e+",
                           "NaN",      "tru",         "nul",
                           "truex",    "\"",          "\"\\",
                           "\"\\x\"",  "\"\\u12g4\"", "\"a\nb\"",
                           "[",        "[1",          "[1,",
                           "[1,]",     "[,1]",        "[1 2]",
                           "{",        "{\"a\"",      "{\"a\":",
                           "{\"a\":1", "{\"a\":1,}",  "{\"a\" 1}",
                           "{a:1}",    "{'a':1}",     "{1:2}",
                           "[1}",      "{\"a\":1]",   "1 2",
                           "{} x",     "// c\n1",     "\xEF\xBB\xBF{}"})
    EXPECT_EQ(last_token(text), Token::kFault) << text;
}

TEST(JsonReader, DecodesEscapesAndJoinsSurrogates) {
  EXPECT_EQ(string_of(R"("a\u00e9\ud83d\ude00\/")"), "a\xC3\xA9\xF0\x9F\x98\x80/");
  EXPECT_EQ(string_of(R"("\u0041")"), "A");
  EXPECT_EQ(string_of(R"("\ud83dx")"), "\xED\xA0\xBDx");  // a lone one stays alone
}

TEST(JsonReader, KeepsTheSpellingOfNumbersAndSaysWhereTokensStand) {
  JsonReader reader(R"({"a": 3.0e2})");
  EXPECT_EQ(reader.next(), Token::kBeginObject);
  EXPECT_EQ(reader.next(), Token::kKey);
  EXPECT_EQ(reader.value(), "a");
  EXPECT_EQ(reader.offset(), 1u);
  EXPECT_EQ(reader.next(), Token::kNumber);
  EXPECT_EQ(reader.value(), "3.0e2");
  EXPECT_EQ(reader.offset(), 6u);
}

TEST(JsonReader, ReadsAMillionLevelsWithoutRecursion) {
  const std::size_t depth = 1'000'000;
  EXPECT_EQ(last_token(std::string(depth, '[') + std::string(depth, ']')), Token::kEnd);
  EXPECT_EQ(last_token(std::string(depth, '[')), Token::kFault);
}

}  // namespace
}  // namespace millrace::filter
