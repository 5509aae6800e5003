// Back-off: growth, jitter, Retry-After, determinism.
#include "runtime/pipeline/backoff.h"

#include <gtest/gtest.h>

namespace millrace::pipeline {
namespace {

constexpr Duration kFirst = 100 * kMillisecond, kMost = 30 * kSecond;

TEST(Backoff, DoublesItsCeilingUpToTheMaximum) {
  const Backoff backoff(kFirst, kMost, 1);
  EXPECT_EQ(backoff.ceiling(0), kFirst);
  EXPECT_EQ(backoff.ceiling(3), 8 * kFirst);
  EXPECT_EQ(backoff.ceiling(9), kMost);
  EXPECT_EQ(backoff.ceiling(4'000'000'000u), kMost);
}

TEST(Backoff, SpreadsWaitsOverTheWholeRange) {
  Backoff backoff(kFirst, kMost, 7);
  Duration least = kNever, most = 0;
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = backoff.wait(2);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_GT(least, 0u);
  EXPECT_LT(least, 4 * kFirst / 20);
  EXPECT_LE(most, 4 * kFirst);
  EXPECT_GT(most, 4 * kFirst * 19 / 20);
}

TEST(Backoff, NeverComesBackBeforeTheSinkAsked) {
  Backoff backoff(kFirst, kMost, 7);
  for (int i = 0; i < 100; ++i) {
    EXPECT_GE(backoff.wait(0, 2 * kSecond), 2 * kSecond);
    EXPECT_GE(backoff.slow_wait(), kMost / 2);
    EXPECT_LE(backoff.slow_wait(), kMost);
  }
}

TEST(Backoff, WaitsTheSameForTheSameSeed) {
  Backoff a(kFirst, kMost, 42), b(kFirst, kMost, 42);
  for (std::uint32_t i = 0; i < 20; ++i) EXPECT_EQ(a.wait(i), b.wait(i));
}

}  // namespace
}  // namespace millrace::pipeline
