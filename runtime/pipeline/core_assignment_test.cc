// Streams coming and going: revoke, loss, stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/pipeline/core_driver.h"

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

CoreConfig eager(std::uint32_t size = 4) {
  CoreConfig config;
  config.batch_size = size;
  config.batch_window = 0;
  return config;
}

struct InFlight : CoreDriver {
  explicit InFlight(CoreConfig config = eager()) : CoreDriver(config) {
    assign({1});
    poll_range(1, 0, 6);
    turn();
    submit = only_submit();  // 0 to 3; 4 and 5 are queued
  }
  Submit submit;
};

TEST(Assignment, LetsAStreamGoAfterWhatWasInFlightIsCommitted) {
  InFlight d;
  d.revoke({1});
  d.turn();
  EXPECT_THAT(d.order, IsEmpty());
  EXPECT_EQ(d.core.counters().dropped, 2u) << "what was not submitted is the next owner's";
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  EXPECT_THAT(d.order, ElementsAre("commit", "release streams"));
  EXPECT_EQ(d.committed[1], 4);
  EXPECT_NE(d.commits[0].deadline, 0u);
  EXPECT_THAT(d.take<ReleaseStreams>()[0].streams, ElementsAre(1));
  EXPECT_THAT(d.released, SizeIs(1));
  EXPECT_EQ(d.core.unfinished(), 0u);
}

TEST(Assignment, LetsAStreamGoAtOnceWhenNothingIsInFlight) {
  InFlight d;
  d.answer(d.submit, Outcome::kRetry);
  d.revoke({1});
  d.turn();
  EXPECT_THAT(d.order, ElementsAre("release streams"));
  EXPECT_THAT(d.discarded, ElementsAre(d.submit.request));
  EXPECT_EQ(d.core.counters().dropped, 6u);
  d.advance(10 * kSecond);
  EXPECT_THAT(d.submitted(), IsEmpty());
}

TEST(Assignment, GivesUpWaitingAtTheDeadlineAndIgnoresTheLateAnswer) {
  InFlight d;
  d.revoke({1}, d.now + 3 * kSecond);
  d.turn();
  EXPECT_LE(d.last_poll.until, d.now + 3 * kSecond);
  d.advance(3 * kSecond);
  EXPECT_THAT(d.order, ElementsAre("release streams"));
  EXPECT_EQ(d.take<Health>()[0].problem, Problem::kDrain);
  EXPECT_EQ(d.core.in_flight(), 1u) << "the sink still has it";
  d.assign({9});  // may take the slot of the old one
  d.poll_range(9, 100, 102);
  d.answer(d.submit, Outcome::kDone);
  EXPECT_EQ(d.core.watermark(9), 100);
  EXPECT_EQ(d.core.counters().stale, 4u);
  EXPECT_EQ(d.core.in_flight(), 0u);
  d.turn();
  EXPECT_THAT(d.body(d.only_submit().request), SizeIs(2));
}

TEST(Assignment, TheDrainTimeoutHoldsWhereTheSourceGivesMoreTime) {
  InFlight d;
  d.revoke({1});
  d.advance(20 * kSecond);
  EXPECT_THAT(d.order, ElementsAre("release streams"));
}

TEST(Assignment, DropsRecordsThatComeOfARevokedOrUnknownStream) {
  InFlight d;
  d.revoke({1});
  d.poll(1, {6, 7});
  d.poll(77, {0});
  EXPECT_THAT(d.released, ElementsAre(2, 3));
  const StreamReport report{1, 0, 8, 8, -1};
  d.feed(Reported{{&report, 1}});
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  EXPECT_EQ(d.committed[1], 4) << "what was dropped is never committed";
}

TEST(Assignment, NeitherCommitsNorReleasesALostStream) {
  InFlight d;
  d.lose({1});
  d.answer(d.submit, Outcome::kDone);
  d.advance(10 * kSecond);
  EXPECT_THAT(d.order, IsEmpty());
  EXPECT_THAT(d.released, SizeIs(1));
  EXPECT_EQ(d.core.counters().stale, 4u);
  EXPECT_THAT(d.discarded, ElementsAre(d.submit.request));
}

TEST(Assignment, LosesAStreamInTheMiddleOfItsDrain) {
  InFlight d;
  d.revoke({1});
  d.lose({1});
  d.advance(30 * kSecond);
  EXPECT_THAT(d.order, IsEmpty());
}

TEST(Assignment, CutsLostStreamsOutOfAMixedRequestBeforeItIsSentAgain) {
  CoreDriver d(eager());
  d.feed(Lease{0, 128 << 20});
  d.assign({1, 2});
  d.poll(1, {0});
  d.advance(1);
  d.poll(2, {0});
  d.feed(Lease{5, 128 << 20});
  d.turn();
  const Submit submit = d.only_submit();
  ASSERT_THAT(d.body(submit.request), SizeIs(2));
  d.lose({1});
  d.answer(submit, Outcome::kRetry);
  d.advance(100 * kMillisecond);
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("2:0"));
}

TEST(Assignment, BelievesAPartialAnswerForTheStreamsThatAreLeft) {
  CoreDriver d(eager());
  d.feed(Lease{0, 128 << 20});
  d.assign({1, 2});
  d.poll(1, {0, 1});
  d.advance(1);
  d.poll(2, {0, 1});
  d.feed(Lease{5, 128 << 20});
  d.turn();
  const Submit submit = d.only_submit();
  d.lose({1});
  const FailedRecord failed[] = {{1, 0, 0}, {3, 1, 1}};  // the first one's batch is gone, so nobody knows what it was
  d.feed(Answered{submit.request, submit.ticket, Outcome::kPartial, 0, failed});
  EXPECT_EQ(d.core.watermark(2), 1);
  EXPECT_EQ(d.core.counters().bad_partials, 0u);
  d.advance(100 * kMillisecond);
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("2:1"));
}

TEST(Assignment, StopsAtOnceWhenThereIsNothing) {
  CoreDriver d(eager());
  d.feed(Stop{});
  d.turn();
  EXPECT_TRUE(d.stopped);
  EXPECT_TRUE(d.stop.committed);
}

TEST(Assignment, StopDrainsCommitsReleasesAndPollsMeanwhileWithoutCredit) {
  InFlight d;
  d.feed(Stop{});
  d.turn();
  EXPECT_FALSE(d.stopped);
  EXPECT_EQ(d.last_poll.records, 0u);
  d.assign({5});
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  EXPECT_TRUE(d.stopped);
  EXPECT_EQ(d.committed[1], 4);
  EXPECT_EQ(d.stop.undelivered, 2u);
  EXPECT_EQ(d.stop.abandoned, 0u);
  EXPECT_THAT(d.released, SizeIs(1));
  EXPECT_EQ(d.order.front(), "commit");
}

TEST(Assignment, StopEndsAtTheDrainTimeoutWithWhatNobodyAnswered) {
  InFlight d;
  d.feed(Stop{});
  d.turn();
  d.advance(20 * kSecond);
  EXPECT_TRUE(d.stopped);
  EXPECT_EQ(d.stop.undelivered, 6u);
  EXPECT_EQ(d.stop.abandoned, 4u);
  EXPECT_THAT(d.discarded, ElementsAre(d.submit.request));
  EXPECT_THAT(d.released, SizeIs(1));
}

TEST(Assignment, SaysWhenTheFinalCommitFailed) {
  InFlight d;
  d.commit_ok = false;
  d.feed(Stop{});
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  EXPECT_TRUE(d.stopped);
  EXPECT_FALSE(d.stop.committed);
}

}  // namespace
}  // namespace millrace::pipeline
