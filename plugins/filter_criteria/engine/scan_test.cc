// All kernels of the scan against the plain reader, on texts that are nearly JSON.
#include "scan.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <string>

#include "json_reader.h"
#include "utf8.h"

namespace millrace::filter {
namespace {

bool is_json_object(const std::string& text) {
  JsonReader reader(text);
  JsonReader::Token token = reader.next();
  if (token != JsonReader::Token::kBeginObject) return false;
  while (token != JsonReader::Token::kEnd && token != JsonReader::Token::kFault) token = reader.next();
  return token == JsonReader::Token::kEnd;
}

std::vector<ScanFunction> kernels_here() {
  std::vector<ScanFunction> all{kernels::scan_portable};
  if (kernels::has_avx2()) all.push_back(kernels::scan_avx2);
  if (kernels::has_avx512()) all.push_back(kernels::scan_avx512);
  return all;
}

// From memory that ends with the text, so that a look beyond it is found by the address sanitizer.
bool scans(ScanFunction kernel, const std::string& text, Blocks& blocks, const NameStarts& starts = {}) {
  const std::vector<char> exact(text.begin(), text.end());
  std::vector<std::uint64_t> deep;
  return kernel(exact.data(), exact.size(), starts, blocks, true, deep).is_json;
}

std::string nearly_json(std::mt19937& random) {
  static const std::string seeds[] = {
      R"({"a":1,"b":[1,2.5,-3e+10,0,-0.1E5],"c":{"d":"x\"y\\","e":null},"f":true,"g":[{},[],{"h":[false]}]})",
      R"({ "aa" : [ 1 , 2 , { "b" : "c" } , [ ] , { } ] , "d" : { "e" : 0.5 } , "f" : -1 })",
      R"({"n":12345678901234567890123456789012345678901234567890123456789012345678901234567890.5e10,"u":"\u00e9\n"})"};
  static const char* const pieces[] = {"{",    "}",       "[",   "]",  ",",  ":",   "\"",   "\\",  "0",
                                       "1",    "-",       "+",   ".",  "e",  "E",   "true", " ",   "\n",
                                       "\x01", "\"a\":1", "é",   "¢",  "¬",  "º",   "ܢ",    "[1]", "{}",
                                       "null", "false",   "tru", "-0", "00", "1e5", "1.5"};
  std::string text = seeds[random() % std::size(seeds)];
  if (random() % 4 == 0) {  // longer than what a kernel takes at once, and than the brackets that it pairs at once
    std::string list;
    const std::string one = random() % 2 ? text : "[[[{}]]]";
    for (auto copies = 1 + random() % 150; copies > 0; --copies)
      list += one + std::string(random() % 3 == 0 ? random() % 700 : 0, ' ') + (copies == 1 ? "" : ",");
    text = "{\"list\":[" + list + "]}";
  }
  if (random() % 2) text = "{\"pad\":\"" + std::string(random() % 70, 'x') + "\"," + text.substr(1);
  for (auto changes = random() % 3; changes > 0; --changes) {
    const std::size_t at = random() % text.size();
    if (random() % 2) {
      text.insert(at, pieces[random() % std::size(pieces)]);
    } else {
      text.erase(at, 1 + random() % 3);
    }
    if (text.empty()) text = "{}";
  }
  return text;
}

TEST(Scan, AgreesWithThePlainReaderWhateverTheProcessorHas) {
  std::mt19937 random(7);
  std::size_t json = 0, other = 0;
  static const char* const kNames[] = {"a", "list", "h", "", "é", "1", "\n", "b"};
  Blocks first;  // with each name marked
  NameStarts every_name;
  every_name.add("");
  std::vector<Blocks> own(kernels_here().size());  // what a kernel leaves from text to text is its own
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = nearly_json(random);
    if (text.size() < 2 || text.front() != '{' || text.back() != '}' || !is_utf8(text)) continue;
    const bool expected = is_json_object(text);
    ++(expected ? json : other);
    NameStarts starts;
    std::string wanted = "\\";  // names that begin so have to be marked,
    bool are_all = false;       // or each
    for (auto names = random() % 4; names > 0; --names) {
      const char* const name = kNames[random() % std::size(kNames)];
      starts.add(name);
      wanted += *name;
      are_all = are_all || *name == '\0';
    }
    if (expected) scans(kernels::scan_portable, text, first, every_name);
    for (std::size_t k = 0; k < own.size(); ++k) {
      const ScanFunction kernel = kernels_here()[k];
      Blocks& blocks = own[k];
      ASSERT_EQ(scans(kernel, text, blocks, starts), expected) << text;
      if (!expected) continue;
      for (std::size_t b = 0; b < (text.size() + 63) / 64; ++b) {
        ASSERT_EQ(blocks.marks[b] & ~first.marks[b], 0u) << text;
        for (std::uint64_t left = first.marks[b] & ~blocks.marks[b]; left != 0; left &= left - 1) {
          const char begin = text[b * 64 + static_cast<std::size_t>(std::countr_zero(left)) + 1];
          ASSERT_FALSE(are_all || static_cast<unsigned char>(begin) >= 0x80 || wanted.find(begin) != std::string::npos)
              << text;
        }
        ASSERT_EQ(blocks.ends[b], first.ends[b]) << text;
        ASSERT_EQ(blocks.filled[b / 64] >> (b % 64) & 1, blocks.marks[b] != 0 ? 1 : 0) << text;
        ASSERT_EQ(blocks.brackets[b], first.brackets[b]) << text;
        ASSERT_EQ(blocks.brackets[b] & ~blocks.marks[b], 0u) << text;
        ASSERT_EQ(blocks.opens[b], first.opens[b]) << text;
        ASSERT_EQ(blocks.objects[b] & blocks.brackets[b], first.objects[b] & first.brackets[b]) << text;
      }
    }
  }
  EXPECT_GT(json, 5'000u);
  EXPECT_GT(other, 5'000u);
}

TEST(Scan, KnowsEachByteWhereverItStands) {
  Blocks blocks;
  const std::string seed = R"({"a":[-10.25,0,1e+9,2E-3,{"b" :true},"c\t\u00e9",[],null], "d":{},"e":"}"})";
  for (const std::size_t pad : {0u, 180u}) {  // so that all kinds of bytes lie at both ends of a chunk
    const std::string text = seed.substr(0, 5) + std::string(pad, ' ') + seed.substr(5);
    for (std::size_t at = 1; at + 1 < text.size(); ++at)
      for (int byte = 0; byte < 256; ++byte) {
        std::string other = text;
        other[at] = static_cast<char>(byte);
        if (!is_utf8(other)) continue;
        for (const ScanFunction kernel : kernels_here())
          ASSERT_EQ(scans(kernel, other, blocks), is_json_object(other)) << other;
      }
  }
}

TEST(Scan, PairsBracketsAtAnyDepth) {
  Blocks blocks;
  for (const std::size_t depth : {1u, 31u, 32u, 62u, 63u, 64u, 65u, 96u, 127u, 128u, 129u, 1000u, 5000u}) {
    std::string open, close;
    for (std::size_t i = 0; i < depth; ++i) {
      const bool is_object = i % 3 != 0;
      open += is_object ? "{\"a\":" : "[";
      close.insert(close.begin(), is_object ? '}' : ']');
    }
    for (const ScanFunction kernel : kernels_here()) {
      EXPECT_TRUE(scans(kernel, "{\"x\":" + open + "1" + close + "}", blocks)) << depth;
      close[depth / 2] = close[depth / 2] == '}' ? ']' : '}';
      EXPECT_FALSE(scans(kernel, "{\"x\":" + open + "1" + close + "}", blocks)) << depth;
      close[depth / 2] = close[depth / 2] == '}' ? ']' : '}';
    }
  }
}

TEST(Scan, WantsAColonBehindEachNameAndNowhereElse) {
  Blocks blocks;
  for (const ScanFunction kernel : kernels_here())
    for (const std::string text :
         {R"({"a":[1,"b":2],"c"})", R"({"a":{"b"},"c":["d":1]})", R"({"a":["b":1,2],"c","d":3})", R"({"a","b"})",
          R"({"a":"b":"c"})", R"({"a":1:2,"b"})", R"({"a":"x":2,"b"})", R"({"a":[]:2,"b"})", R"({"a":1,{"b":2}})",
          R"({"a":[{"b":1},"c":{}],"d"})", R"({"a":[0,"b":1,"c":2],"d":3})"}) {
      EXPECT_FALSE(scans(kernel, text, blocks)) << text;
      for (std::size_t pad = 580; pad < 650; ++pad)  // the colon anywhere in a word of a mask
        EXPECT_FALSE(scans(kernel, R"({"x":[)" + std::string(pad, ' ') + text + "]}", blocks)) << text;
    }
}

TEST(Scan, ReadsWordsOverTheEndOfAChunk) {
  Blocks blocks;
  for (const ScanFunction kernel : kernels_here())
    for (const std::size_t chunk : {64u, 256u, 512u})
      for (std::size_t begin = chunk - 6; begin < chunk + 2; ++begin)
        for (const char* const word : {"true", "tru", "truex", "true1", "1true", "nullnull"}) {
          std::string text = "{\"a\":[" + std::string(begin - 6, ' ') + word;
          EXPECT_EQ(scans(kernel, text + "]}", blocks), word == std::string_view("true")) << word << begin;
          text += "," + std::string(2 * chunk - text.size() - 1, ' ');  // a chunk without words between
          EXPECT_EQ(scans(kernel, text + "null]}", blocks), word == std::string_view("true")) << word << begin;
          EXPECT_FALSE(scans(kernel, text + "nul]}", blocks)) << word << begin;
        }
}

TEST(Scan, ReadsEscapesOverTheEndOfAChunk) {
  Blocks blocks;
  std::vector<std::string> pieces;
  for (int c = 1; c < 256; ++c) pieces.push_back(std::string("\\") + static_cast<char>(c));
  for (const char* const piece : {R"(\\\)",
                                  R"(\\\\n)",
                                  R"(\\\x)",
                                  R"(\\\")",
                                  R"(\\")",
                                  R"(\\u)",
                                  R"(\u00e9)",
                                  R"(\uABCDx)",
                                  R"(\u09aF\u0fA9)",
                                  R"(\u0fA9\\u)",
                                  R"(\u123)",
                                  R"(\u12)",
                                  R"(\u1)",
                                  R"(\u)",
                                  R"(\u123g)",
                                  R"(\u12/4)",
                                  R"(\u1:34)",
                                  R"(\u@234)",
                                  R"(\uG234)",
                                  R"(\u`234)",
                                  "\\u12\xB3"
                                  "4",
                                  R"(\u1234\u123)",
                                  R"(\\\u123)",
                                  R"(n\u123"a)"})
    pieces.emplace_back(piece);
  const std::string pad(2000, 'x');
  for (const ScanFunction kernel : kernels_here())
    for (const std::size_t chunk : {64u, 256u, 512u, 1024u})
      for (std::size_t begin = chunk - 14; begin < chunk + 2; ++begin)
        for (const std::string& piece : pieces)
          for (const std::size_t behind : {0u, 3u, 70u, 600u}) {
            const std::string text = R"({"a":")" + pad.substr(0, begin - 6) + piece + pad.substr(0, behind) + "\"}";
            EXPECT_EQ(scans(kernel, text, blocks), is_json_object(text)) << text;
          }
}

TEST(Scan, TellsRunsOfBackslashesOfAnyLengthApart) {
  Blocks blocks;
  for (const ScanFunction kernel : kernels_here())
    for (const std::size_t begin : {7u, 8u, 60u, 63u, 64u, 250u, 255u, 256u, 500u, 511u, 512u})
      for (std::size_t length = 0; length < 1100; length += length < 140 ? 1 : 61) {
        const std::string text = R"({"a":")" + std::string(begin - 6, 'x') + std::string(length, '\\');
        EXPECT_EQ(scans(kernel, text + "\"}", blocks), length % 2 == 0) << begin << " " << length;
        EXPECT_EQ(scans(kernel, text + "x\"}", blocks), length % 2 == 0) << begin << " " << length;
        EXPECT_EQ(scans(kernel, text + "\"\"}", blocks), length % 2 == 1) << begin << " " << length;
      }
}

TEST(Scan, FindsTextBehindTheEnd) {
  Blocks blocks;
  const std::string pad(60, ' ');
  for (const ScanFunction kernel : kernels_here())
    for (const std::string text : {"{}{}", "{},{}", "{}}", "{},1}", "{\"a\":1}}"}) {
      EXPECT_FALSE(scans(kernel, text, blocks)) << text;
      EXPECT_FALSE(scans(kernel, text.substr(0, 2) + pad + text.substr(2), blocks)) << text;
    }
  std::string pairs;
  for (std::size_t count = 0; count < 100; ++count, pairs += count == 1 ? "[]" : ",[]")
    for (const ScanFunction kernel : kernels_here()) {
      EXPECT_TRUE(scans(kernel, "{\"a\":[" + pairs + "]}", blocks)) << count;
      EXPECT_FALSE(scans(kernel, "{\"a\":[" + pairs + "]},{}", blocks)) << count;
    }
  for (std::size_t size = 4'090; size <= 4'100; ++size)  // brackets are paired for 4,096 bytes at a time
    for (const ScanFunction kernel : kernels_here()) {
      const std::string text = "{\"a\":\"" + std::string(size - 8, 'x') + "\"}";
      EXPECT_TRUE(scans(kernel, text, blocks)) << size;
      EXPECT_FALSE(scans(kernel, text + ",{}", blocks)) << size;
    }
}

}  // namespace
}  // namespace millrace::filter
