// Values and patterns that a careless matcher spends forever on. The bound is on work, not on time: the engine has a
// budget of steps and says "too complex" beyond it, so a verdict means that it stayed within; and once it has seen
// values as large, it allocates nothing.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "filter.h"
#include "judges.h"

namespace {
std::atomic<std::size_t> allocations{0};
}
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // they are a pair, which the compiler sees only half of
// Counted for this program as a whole; sanitizers see malloc and free as ever.
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace millrace::filter::proof {
namespace {

std::string repeat(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string array_of(std::size_t count, const auto& entry) {
  std::string out = "{\"a\":[";
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + entry(i);
  return out + "]}";
}

void expect_all(const char* pattern, const std::string& value, const std::string& expected) {
  for (const Judge& judge : judges())
    EXPECT_EQ(judge.verdict(pattern, value), expected) << judge.name << " " << pattern;
}

constexpr std::size_t kEntries = 100'000;

TEST(Heavy, TwoFieldsOfALongArrayMeetInOneEntryOnly) {
  // Every entry has one of the two fields right.
  const std::string apart = array_of(
      kEntries, [](std::size_t i) { return std::string(i % 2 == 0 ? R"({"b":1,"c":0})" : R"({"b":0,"c":2})"); });
  expect_all(R"({"value":{"a":{"b":[1],"c":[2]}}})", apart, "nomatch");
  const std::string together = array_of(kEntries, [](std::size_t i) {
    return std::string(i == kEntries - 1 ? R"({"b":1,"c":2})" : i % 2 == 0 ? R"({"b":1,"c":0})" : R"({"b":0,"c":2})");
  });
  expect_all(R"({"value":{"a":{"b":[1],"c":[2]}}})", together, "match");
}

TEST(Heavy, AFieldThatIsNotThereIsSoughtInItsEntryOnly) {
  constexpr const char* kPattern = R"({"value":{"a":{"b":[1],"c":[{"exists":false}]}}})";
  const auto entries = [](std::size_t count, bool last_has_none) {
    return array_of(count, [&](std::size_t i) {
      return std::string(last_has_none && i == count - 1 ? R"({"b":1})" : R"({"b":1,"c":1})");
    });
  };
  expect_all(kPattern, entries(500, false), "nomatch");
  expect_all(kPattern, entries(500, true), "match");
  // Each entry is compared with all others here, which the engine gives up at some length instead of going on for ever.
  for (const bool last_has_none : {false, true})
    for (const Judge& judge : judges()) {
      const std::string verdict = judge.verdict(kPattern, entries(kEntries, last_has_none));
      EXPECT_TRUE(verdict == "too complex" || verdict == (last_has_none ? "match" : "nomatch"))
          << judge.name << verdict;
    }
}

TEST(Heavy, LongArraysOfValuesAreLookedAtOnce) {
  const std::string numbers = array_of(kEntries, [](std::size_t i) { return std::to_string(i); });
  expect_all(R"({"value":{"a":[99999]}})", numbers, "match");
  expect_all(R"({"value":{"a":[-1]}})", numbers, "nomatch");
  expect_all(R"({"value":{"a":[{"anything-but":[1,2,3]}]}})", numbers, "match");
}

TEST(Heavy, DeepNestingIsNoRecursion) {
  for (const std::size_t depth : {1'000u, 100'000u}) {
    const std::string objects = repeat("{\"a\":", depth) + "1" + repeat("}", depth);
    expect_all(R"({"value":{"b":["x"]}})", objects, "nomatch");
    const std::string arrays = "{\"a\":" + repeat("[", depth) + "1" + repeat("]", depth) + "}";
    expect_all(R"({"value":{"a":[1]}})", arrays, "match");
    expect_all(R"({"value":{"a":[2]}})", arrays, "nomatch");
    expect_all(R"({"value":{"b":["x"]}})", repeat("{\"a\":", depth), "other form");
  }
}

TEST(Heavy, APatternAsDeepAsFitsFindsItsField) {
  const std::size_t depth = 600;
  const std::string pattern = "{\"value\":" + repeat("{\"a\":", depth) + "[1]" + repeat("}", depth) + "}";
  expect_all(pattern.c_str(), repeat("{\"a\":", depth) + "1" + repeat("}", depth), "match");
  expect_all(pattern.c_str(), repeat("{\"a\":", depth) + "2" + repeat("}", depth), "nomatch");
  expect_all(pattern.c_str(), repeat("{\"a\":[", depth) + "1" + repeat("]}", depth), "match");
}

TEST(Heavy, AStringOfAMegabyteIsComparedOnce) {
  const std::string xs(1 << 20, 'x');
  const std::string value = "{\"a\":\"" + xs + "y\"}";
  expect_all(R"({"value":{"a":[{"wildcard":"*x*x*x*x*x*x*x*x*y"}]}})", value, "match");
  expect_all(R"({"value":{"a":[{"wildcard":"*xxxxxxxxxxxxxxxxxz*xxxxxxxxxxxxxxxxz*"}]}})", value, "nomatch");
  expect_all(R"({"value":{"a":[{"suffix":"xy"}]}})", value, "match");
  expect_all(R"({"value":{"a":[{"anything-but":{"equals-ignore-case":"X"}}]}})", value, "match");
  expect_all(R"({"value":{"a":[{"suffix":{"equals-ignore-case":"XY"}}]}})", value, "match");
  expect_all(R"({"value":[{"wildcard":"*x*z"}]})", xs, "nomatch");
}

TEST(Heavy, AWildcardOfManyStarsStaysLinear) {
  std::string stars;
  for (int i = 0; i < 1'000; ++i) stars += "*ab";
  const std::string pattern = "{\"value\":[{\"wildcard\":\"" + stars + "c\"}]}";
  expect_all(pattern.c_str(), repeat("ab", 200'000), "nomatch");
  expect_all(pattern.c_str(), repeat("ab", 200'000) + "c", "match");
}

TEST(Heavy, ANumberOfAMegabyteIsStillANumber) {
  const std::string digits(1 << 20, '7');
  expect_all(R"({"value":{"a":[{"numeric":[">",0]}]}})", "{\"a\":" + digits + "}", "nomatch");
  expect_all(R"({"value":{"a":[{"numeric":[">",0]}]}})", "{\"a\":1" + std::string(200, '0') + "}", "match");
  expect_all(R"({"value":{"a":[1]}})", "{\"a\":1." + std::string(1 << 20, '0') + "}", "match");
  expect_all(R"({"value":{"a":[1]}})", "{\"a\":0." + std::string(4'000, '0') + "1e4001}", "match");
}

TEST(Heavy, AMegabyteOfOtherMembersIsPassedOver) {
  std::string value = "{";
  for (int i = 0; i < 40'000; ++i) value += "\"name" + std::to_string(i) + "\":[{\"x\":\"{[\\\"\"}],";
  expect_all(R"({"value":{"z":["x"],"name39999":{"x":[{"prefix":"{"}]}}})", value + "\"z\":\"x\"}", "match");
  expect_all(R"({"value":{"z":["x"]}})", value + "\"z\":\"y\"}", "nomatch");
}

TEST(Heavy, AskingAgainAllocatesNothing) {
  const std::string value = array_of(1'000, [](std::size_t i) {
    return "{\"b\":\"x\\u00e9" + std::to_string(i) + "\",\"c\":" + std::to_string(i) + ",\"d\":[{\"e\":null}]}";
  });
  for (const char* pattern :
       {R"({"value":{"a":{"b":[{"prefix":"xé99"}]},"z":[{"exists":false}]}})",
        R"({"value":{"a":{"b":[{"equals-ignore-case":"XÉ1"},{"anything-but":{"wildcard":"*"}}]}}})",
        R"({"value":["x"]})", R"({"value":{"a":{"b":[{"prefix":"xé99"}],"c":[{"numeric":[">",10]}]}}})",
        R"({"value":{"a":{"b":[{"suffix":"9"}],"c":[{"numeric":["<",5]}]}}})",
        R"({"value":{"a":{"b":[{"suffix":"7"}],"c":[7,17],"d":{"e":[null]}}}})",
        R"({"value":{"a":{"b":[{"exists":true}],"c":[{"exists":false}],"d":{"e":["x"]}}}})",
        R"({"value":{"$or":[{"a":{"b":[{"wildcard":"*9*9"}]}},{"a":{"c":[{"anything-but":[1,2]}]}}]}})"})
    for (const Validate validate : {Validate::kFull, Validate::kTouched}) {
      const auto filter = compile(pattern, {.validate = validate});
      ASSERT_TRUE(filter) << pattern << filter.error().message;
      Scratch scratch;
      const Verdict first = filter->judge({.value = value}, scratch);
      const std::size_t before = allocations.load();
      const Verdict second = filter->judge({.value = value}, scratch);
      EXPECT_EQ(allocations.load() - before, 0u) << pattern;
      EXPECT_EQ(first.reason, second.reason);
    }
}

}  // namespace
}  // namespace millrace::filter::proof
