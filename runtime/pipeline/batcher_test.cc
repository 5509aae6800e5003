// When the core cuts a batch and of what: size, window, bytes, urgency, topics, fairness.
#include "runtime/pipeline/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/pipeline/core_driver.h"

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

CoreConfig small(std::uint32_t size = 4) {
  CoreConfig config;
  config.batch_size = size;
  config.batch_window = kSecond;
  return config;
}

TEST(Batcher, WaitsForCompanyUntilTheWindowEnds) {
  CoreDriver d(small());
  d.assign({1});
  d.poll(1, {10, 11});
  d.turn();
  EXPECT_THAT(d.submitted(), SizeIs(0));
  EXPECT_EQ(d.last_poll.until, d.now + kSecond);
  d.advance(kSecond);
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("1:10", "1:11"));
}

TEST(Batcher, CutsAtOnceWhenABatchIsFull) {
  CoreDriver d(small());
  d.assign({1});
  d.poll_range(1, 0, 4);
  d.turn();
  EXPECT_THAT(d.body(d.only_submit().request), SizeIs(4));
}

TEST(Batcher, GivesADeepBacklogFullRequestsOfOneStreamEach) {
  CoreDriver d(small());
  d.assign({1, 2});
  d.poll_range(1, 0, 6);
  d.advance(1);
  d.poll_range(2, 0, 6);
  d.turn();
  const auto submits = d.submitted();
  ASSERT_THAT(submits, SizeIs(2));
  EXPECT_THAT(d.body(submits[0].request), ElementsAre("1:0", "1:1", "1:2", "1:3"));
  EXPECT_THAT(d.body(submits[1].request), ElementsAre("2:0", "2:1", "2:2", "2:3"));
}

TEST(Batcher, LetsATrickleOverManyStreamsShareOneRequest) {
  CoreDriver d(small());
  d.assign({1, 2, 3});
  for (StreamId id : {2, 3, 1}) {
    d.poll(id, {5});
    d.advance(1);
  }
  d.advance(kSecond);
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("2:5", "3:5", "1:5"));
}

TEST(Batcher, NeverMixesTopics) {
  CoreDriver d(small());
  d.assign({1}, 0);
  d.assign({2}, 1);
  d.poll(1, {5});
  d.poll(2, {5});
  d.advance(kSecond);
  const auto submits = d.submitted();
  ASSERT_THAT(submits, SizeIs(2));
  EXPECT_THAT(d.body(submits[0].request), ElementsAre("1:5"));
  EXPECT_THAT(d.body(submits[1].request), ElementsAre("2:5"));
}

TEST(Batcher, NeverHasTwoRequestsOfOneStreamInFlight) {
  CoreDriver d(small());
  d.assign({1});
  d.poll_range(1, 0, 12);
  d.turn();
  const Submit first = d.only_submit();
  d.advance(10 * kSecond);
  EXPECT_THAT(d.submitted(), SizeIs(0));
  d.answer(first, Outcome::kDone);
  d.turn();
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("1:4", "1:5", "1:6", "1:7"));
}

TEST(Batcher, LeavesTheRestOfWhatTheEncoderDidNotTakeAtTheHeadOfItsStream) {
  CoreConfig config = small(10);
  config.batch_bytes = 1000;
  CoreDriver d(config);
  d.body_bytes = 300;
  d.assign({1});
  d.poll(1, {0, 1, 2, 3, 4}, {3});
  d.advance(kSecond);
  const Submit first = d.only_submit();
  EXPECT_THAT(d.body(first.request), ElementsAre("1:0", "1:1", "1:2"));
  d.answer(first, Outcome::kDone);
  EXPECT_EQ(d.core.watermark(1), 4);
  d.advance(kSecond);
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("1:4"));
}

TEST(Batcher, FreesStreamsOfWhichTheEncoderTookNothing) {
  CoreConfig config = small(10);
  config.batch_bytes = 1000;
  CoreDriver d(config);
  d.body_bytes = 500;
  d.assign({1, 2});
  d.poll(1, {0, 1});
  d.advance(1);
  d.poll(2, {0});
  d.advance(kSecond);
  const auto submits = d.submitted();
  ASSERT_THAT(submits, SizeIs(2));
  EXPECT_THAT(d.body(submits[0].request), ElementsAre("1:0", "1:1"));
  EXPECT_THAT(d.body(submits[1].request), ElementsAre("2:0"));
}

TEST(Batcher, PausesAStreamWhoseWindowIsFullAndCutsItAtOnce) {
  CoreDriver d(small());
  d.assign({1});
  d.poll_range(1, 0, 9);
  d.turn();
  auto pauses = d.take<Pause>();
  ASSERT_THAT(pauses, SizeIs(1));
  EXPECT_TRUE(pauses[0].paused);
  d.answer(d.only_submit(), Outcome::kDone);
  d.turn();
  EXPECT_THAT(d.take<Pause>(), SizeIs(0)) << "five of eight are still held";
  d.answer(d.only_submit(), Outcome::kDone);
  d.turn();
  pauses = d.take<Pause>();
  ASSERT_THAT(pauses, SizeIs(1));
  EXPECT_FALSE(pauses[0].paused);
  EXPECT_EQ(d.core.unfinished(), 1u);
}

TEST(Batcher, CutsAtOnceWhenThereIsNoCreditAndKeepsPolling) {
  CoreConfig config = small(100);
  config.memory = 10'000;
  CoreDriver d(config);
  d.record_bytes = 10'000;  // too large to be copied out
  d.assign({1});
  d.poll(1, {0, 1}, {}, 20'000);
  d.turn();
  const Submit submit = d.only_submit();
  EXPECT_EQ(d.last_poll.records, 0u);
  EXPECT_EQ(d.last_poll.bytes, 0u);
  d.answer(submit, Outcome::kDone);
  d.turn();
  EXPECT_EQ(d.last_poll.bytes, 10'000u);
}

TEST(Batcher, LearnsHowLargeBodiesBecome) {
  StreamTable streams;
  Batcher batcher(streams, 100, 6 << 20, kSecond);
  EXPECT_EQ(batcher.estimate(3, 3000), 4000u + 600u);
  for (int i = 0; i < 100; ++i) batcher.learn(10, 10'000, 22'000);
  EXPECT_NEAR(batcher.ratio(), 2.0, 0.01);
  batcher.learn(10, 100, 22'000);  // too few bytes to tell
  EXPECT_NEAR(batcher.ratio(), 2.0, 0.01);
}

}  // namespace
}  // namespace millrace::pipeline
