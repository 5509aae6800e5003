// What each answer of the encoder, the sink, the spool and the filters means for records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/pipeline/core_driver.h"

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

CoreConfig eager(std::uint32_t size = 4) {
  CoreConfig config;
  config.batch_size = size;
  config.batch_window = 0;
  return config;
}

// One stream with positions 0 to 3 in flight.
struct InFlight : CoreDriver {
  explicit InFlight(CoreConfig config = eager()) : CoreDriver(config) {
    assign({1});
    poll_range(1, 0, 4);
    turn();
    submit = only_submit();
  }
  Submit again(Duration within) {
    advance(within);
    return only_submit();
  }
  Submit submit;
};

TEST(Delivery, CommitsAfterSuccessAndReleasesTheBatch) {
  InFlight d;
  d.turn();
  EXPECT_THAT(d.commits, SizeIs(0));
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  EXPECT_EQ(d.committed[1], 4);
  EXPECT_THAT(d.released, ElementsAre(1));
  EXPECT_THAT(d.discarded, ElementsAre(d.submit.request));
  EXPECT_EQ(d.core.counters().delivered, 4u);
  EXPECT_EQ(d.core.unfinished(), 0u);
}

TEST(Delivery, KeepsOneCommitOutstandingAndAtMostOneAnInterval) {
  InFlight d;
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  d.poll_range(1, 4, 8);
  d.turn();
  d.answer(d.only_submit(), Outcome::kDone);
  d.advance(5 * kSecond);
  EXPECT_THAT(d.commits, SizeIs(1)) << "the first was not seen to be durable";
  d.commits_become_durable();
  d.turn();
  ASSERT_THAT(d.commits, SizeIs(2));
  EXPECT_EQ(d.commits[1].marks[0].next, 8);
}

TEST(Delivery, OrdersACommitAgainThatNobodyHasSeen) {
  InFlight d;
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  d.advance(10 * kSecond);
  d.advance(kSecond);
  ASSERT_THAT(d.commits, SizeIs(2));
  EXPECT_EQ(d.commits[1].marks[0].next, 4);
  EXPECT_EQ(d.core.counters().commit_failures, 1u);
}

TEST(Delivery, RaisesHealthWhenCommitsFailForAMinute) {
  InFlight d;
  d.commit_ok = false;
  d.answer(d.submit, Outcome::kDone);
  for (int i = 0; i < 62; ++i) d.advance(kSecond);
  auto health = d.take<Health>();
  ASSERT_THAT(health, SizeIs(1));
  EXPECT_EQ(health[0].problem, Problem::kCommit);
  d.commit_ok = true;
  d.advance(kSecond);
  d.commits_become_durable();
  d.turn();
  d.turn();
  health = d.take<Health>();
  ASSERT_THAT(health, SizeIs(1));
  EXPECT_FALSE(health[0].raised);
}

TEST(Delivery, RetriesTheWholeRequestAndCountsTheAttempt) {
  InFlight d;
  d.answer(d.submit, Outcome::kRetry);
  const Submit again = d.again(100 * kMillisecond);
  EXPECT_EQ(again.request, d.submit.request);
  EXPECT_EQ(again.attempt, 2u);
  EXPECT_NE(again.ticket, d.submit.ticket);
  EXPECT_THAT(d.body(again.request), ElementsAre("1:0", "1:1", "1:2", "1:3"));
  EXPECT_EQ(d.core.watermark(1), 0);
  EXPECT_EQ(d.core.counters().retried, 4u);
}

TEST(Delivery, SendsNothingNewerOfAStreamThatIsBeingRetried) {
  InFlight d;
  d.answer(d.submit, Outcome::kRetry);
  d.poll_range(1, 4, 8);
  const Submit again = d.again(100 * kMillisecond);
  EXPECT_THAT(d.body(again.request), ElementsAre("1:0", "1:1", "1:2", "1:3"));
  d.advance(kSecond);
  EXPECT_THAT(d.submitted(), SizeIs(0));
}

TEST(Delivery, HoldsTheStreamAndNotTheSlotWhileItWaits) {
  CoreConfig config = eager();
  config.max_in_flight = 1;
  InFlight d(config);
  d.assign({2});
  d.answer(d.submit, Outcome::kRetry, kSecond);
  d.poll(2, {7});
  d.turn();
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("2:7"));
}

TEST(Delivery, DoesNotCountAThrottleAndHonoursRetryAfter) {
  InFlight d;
  d.answer(d.submit, Outcome::kBusy, 5 * kSecond);
  d.advance(5 * kSecond - 1);
  EXPECT_THAT(d.submitted(), SizeIs(0));
  EXPECT_EQ(d.again(1).attempt, 1u);
}

TEST(Delivery, GivesTheBodyBackWhenItWaitsLong) {
  InFlight d;
  const std::uint64_t before = d.core.credit();
  d.answer(d.submit, Outcome::kBusy, 5 * kSecond);
  EXPECT_THAT(d.take<FreeBody>(), SizeIs(1));
  EXPECT_GT(d.core.credit(), before);
  d.again(5 * kSecond);
  EXPECT_EQ(d.core.credit(), before + 500) << "and the batch was copied to less than it retained";
}

TEST(Delivery, TakesAnUnknownOutcomeAsRetry) {
  InFlight d;
  d.answer(d.submit, static_cast<Outcome>(77));
  EXPECT_EQ(d.again(100 * kMillisecond).attempt, 2u);
}

TEST(Delivery, IgnoresAnAnswerThatComesTwiceOrLate) {
  InFlight d;
  d.answer(d.submit, Outcome::kRetry);
  d.answer(d.submit, Outcome::kDone);
  EXPECT_EQ(d.core.watermark(1), 0);
  const Submit again = d.again(100 * kMillisecond);
  d.answer(d.submit, Outcome::kDone);
  EXPECT_EQ(d.core.watermark(1), 0) << "the first attempt's answer says nothing about the second";
  d.answer(again, Outcome::kDone);
  d.answer(again, Outcome::kDone);
  EXPECT_EQ(d.core.watermark(1), 4);
  EXPECT_EQ(d.core.counters().late_answers, 3u);
  EXPECT_EQ(d.core.counters().delivered, 4u);
}

TEST(Delivery, OffersARefusedRequestAgainLaterAndFinishesNothing) {
  InFlight d;
  d.feed(Refused{d.submit.request, d.submit.ticket, false});
  EXPECT_EQ(d.core.in_flight(), 0u);
  d.turn();
  EXPECT_GT(d.last_poll.until, d.now) << "nothing is in flight, so only a timer can wake it";
  EXPECT_EQ(d.again(100 * kMillisecond).attempt, 1u);
}

TEST(Delivery, RetriesOnlyTheRecordsThatAPartialAnswerNames) {
  InFlight d;
  d.answer_partial(d.submit, {1, 3});
  EXPECT_EQ(d.core.watermark(1), 1);
  Submit again = d.again(100 * kMillisecond);
  EXPECT_THAT(d.body(again.request), ElementsAre("1:1", "1:3"));
  EXPECT_EQ(again.attempt, 2u);
  d.answer_partial(again, {1});
  EXPECT_EQ(d.core.watermark(1), 3);
  again = d.again(kSecond);
  EXPECT_THAT(d.body(again.request), ElementsAre("1:3"));
  d.answer_partial(again, {});
  EXPECT_EQ(d.core.watermark(1), 4);
  EXPECT_EQ(d.core.counters().delivered, 4u);
  EXPECT_EQ(d.core.unfinished(), 0u);
}

TEST(Delivery, TakesPartialAnswersThatMakeNoSenseAsRetry) {
  for (const std::vector<std::uint32_t>& indexes :
       {std::vector<std::uint32_t>{4}, std::vector<std::uint32_t>{2, 1}, std::vector<std::uint32_t>{0, 0}}) {
    InFlight d;
    d.answer_partial(d.submit, indexes);
    EXPECT_EQ(d.core.counters().bad_partials, 1u);
    EXPECT_THAT(d.body(d.again(100 * kMillisecond).request), SizeIs(4));
  }
}

struct TwoStreams : CoreDriver {
  TwoStreams() : CoreDriver(eager()) {
    core.on(Lease{0, 128 << 20}, now, scratch);  // no slot, so that both streams come into one request
    assign({1, 2});
    poll(1, {0, 1});
    advance(1);
    poll(2, {0, 1});
    feed(Lease{5, 128 << 20});
    turn();
    submit = only_submit();
  }
  Actions scratch;
  Submit submit;
};

TEST(Delivery, SplitsARequestOverStreamsOnceTheFunctionFailsItWithoutUsingAnAttempt) {
  TwoStreams d;
  EXPECT_THAT(d.body(d.submit.request), ElementsAre("1:0", "1:1", "2:0", "2:1"));
  d.answer(d.submit, Outcome::kRetry);
  d.advance(100 * kMillisecond);
  const auto parts = d.submitted();
  ASSERT_THAT(parts, SizeIs(2));
  EXPECT_EQ(parts[0].attempt, 1u);
  EXPECT_THAT(d.body(parts[0].request), SizeIs(2));
  EXPECT_THAT(d.body(parts[1].request), SizeIs(2));
  EXPECT_EQ(d.core.counters().splits, 1u);
  EXPECT_THAT(d.discarded, ElementsAre(d.submit.request));
}

TEST(Delivery, SplitsOnTheSecondBusyInARowButNeverOnAThrottle) {
  TwoStreams d;
  d.answer(d.submit, Outcome::kBusy);
  d.advance(100 * kMillisecond);
  Submit again = d.only_submit();
  EXPECT_THAT(d.body(again.request), SizeIs(4));
  d.answer(again, Outcome::kBusy, 2 * kSecond);
  d.advance(2 * kSecond);
  again = d.only_submit();
  EXPECT_THAT(d.body(again.request), SizeIs(4));
  d.answer(again, Outcome::kBusy);
  d.advance(2 * kSecond);
  EXPECT_THAT(d.submitted(), SizeIs(2));
}

TEST(Delivery, ProbesWithOneRequestWhileBlockedAndNeverSplits) {
  TwoStreams d;
  d.assign({3});
  d.answer(d.submit, Outcome::kBlocked);
  d.poll(3, {0});
  auto health = d.take<Health>();
  ASSERT_THAT(health, SizeIs(1));
  EXPECT_EQ(health[0].problem, Problem::kBlocked);
  d.advance(14 * kSecond);
  EXPECT_THAT(d.submitted(), SizeIs(0));
  d.advance(16 * kSecond);
  const Submit probe = d.only_submit();
  EXPECT_THAT(d.body(probe.request), SizeIs(4));
  EXPECT_EQ(probe.attempt, 1u);
  d.advance(60 * kSecond);
  EXPECT_THAT(d.submitted(), SizeIs(0)) << "one at a time";
  d.answer(probe, Outcome::kBlocked);
  d.advance(30 * kSecond);
  d.answer(d.only_submit(), Outcome::kDone);
  d.turn();
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("3:0"));
  health = d.take<Health>();
  ASSERT_THAT(health, SizeIs(1));
  EXPECT_FALSE(health[0].raised);
}

TEST(Delivery, HalvesABodyThatTheSinkCannotTakeAndSpoolsTheRecordThatIsTooLargeAlone) {
  InFlight d;
  d.poll_range(1, 4, 12);
  d.answer(d.submit, Outcome::kTooLarge);
  Submit half = d.only_submit();
  EXPECT_EQ(half.request, d.submit.request);
  EXPECT_THAT(d.body(half.request), ElementsAre("1:0", "1:1"));
  d.answer(half, Outcome::kTooLarge);
  half = d.only_submit();
  EXPECT_THAT(d.body(half.request), ElementsAre("1:0"));
  d.answer(half, Outcome::kTooLarge);
  const auto spools = d.take<Spool>();
  ASSERT_THAT(spools, SizeIs(1));
  EXPECT_EQ(spools[0].reason, SpoolReason::kTooLarge);
  EXPECT_EQ(spools[0].slices[0].kept, 1u);
  EXPECT_EQ(d.core.watermark(1), 0) << "not finished before it is durable";
  d.advance(kSecond);
  EXPECT_THAT(d.submitted(), SizeIs(0));
  d.feed(Spooled{spools[0].request});
  EXPECT_EQ(d.core.watermark(1), 1);
  EXPECT_EQ(d.core.counters().rejected, 1u);
  for (int i = 1; i < 4; ++i) {  // the rest of that body goes in small pieces,
    d.turn();
    const Submit next = d.only_submit();
    EXPECT_THAT(d.body(next.request), ElementsAre("1:" + std::to_string(i)));
    d.answer(next, Outcome::kDone);
  }
  d.turn();
  EXPECT_THAT(d.body(d.only_submit().request), SizeIs(4)) << "what came later goes in full batches again";
}

TEST(Delivery, SpoolsWhatTheFunctionRejectsAndWaitsWhereNothingCanBeStored) {
  InFlight d;
  d.answer(d.submit, Outcome::kReject);
  auto spools = d.take<Spool>();
  ASSERT_THAT(spools, SizeIs(1));
  EXPECT_EQ(spools[0].reason, SpoolReason::kRejected);
  d.feed(SpoolFailed{spools[0].request});
  auto health = d.take<Health>();
  ASSERT_THAT(health, SizeIs(1));
  EXPECT_EQ(health[0].problem, Problem::kSpool);
  d.advance(100 * kMillisecond);
  spools = d.take<Spool>();
  ASSERT_THAT(spools, SizeIs(1));
  EXPECT_EQ(d.core.watermark(1), 0);
  d.feed(Spooled{spools[0].request});
  EXPECT_EQ(d.core.watermark(1), 4);
  EXPECT_EQ(d.core.counters().rejected, 4u);
  EXPECT_FALSE(d.take<Health>()[0].raised);
  EXPECT_THAT(d.released, ElementsAre(1));
}

TEST(Delivery, SendsARecordAloneUnderTheSinksOwnLimitBeforeItIsDeadLettered) {
  CoreConfig config = eager();
  config.batch_bytes = 1000;
  config.sink_max_bytes = 5000;
  CoreDriver d(config);
  d.big = {{1, 4000}, {2, 6000}};
  d.assign({1});
  d.poll(1, {0, 1, 2, 3});
  d.turn();
  Submit next = d.only_submit();
  EXPECT_THAT(d.body(next.request), ElementsAre("1:0"));
  d.answer(next, Outcome::kDone);
  d.turn();
  next = d.only_submit();
  EXPECT_THAT(d.body(next.request), ElementsAre("1:1"));
  d.answer(next, Outcome::kDone);
  d.turn();
  EXPECT_THAT(d.submitted(), SizeIs(0));
  const auto spools = d.take<Spool>();
  ASSERT_THAT(spools, SizeIs(1));
  EXPECT_EQ(spools[0].slices[0].first, 2u);
  EXPECT_EQ(spools[0].slices[0].count, 1u);
  d.feed(Spooled{spools[0].request});
  EXPECT_EQ(d.core.watermark(1), 3);
  d.turn();
  EXPECT_THAT(d.body(d.only_submit().request), ElementsAre("1:3"));
}

TEST(Delivery, KeepsRecordsInBackOffWhenTheEncoderFails) {
  CoreDriver d(eager());
  d.assign({1});
  d.encoder_fails = true;
  d.poll_range(1, 0, 4);
  d.turn();
  EXPECT_THAT(d.submitted(), SizeIs(0));
  EXPECT_EQ(d.take<Health>()[0].problem, Problem::kEncoder);
  d.encoder_fails = false;
  d.advance(100 * kMillisecond);
  EXPECT_THAT(d.body(d.only_submit().request), SizeIs(4));
  EXPECT_FALSE(d.take<Health>()[0].raised);
}

TEST(Delivery, CommitsAStreamOfWhichEverythingIsFilteredOut) {
  CoreDriver d(eager());
  d.assign({1});
  d.poll(1, {0, 1, 5}, {0, 1, 5});
  d.turn();
  EXPECT_THAT(d.submitted(), SizeIs(0));
  EXPECT_EQ(d.committed[1], 6);
  EXPECT_THAT(d.released, ElementsAre(1));
  EXPECT_EQ(d.core.counters().filtered, 3u);
}

TEST(Delivery, FinishesFilteredRecordsInOrderWithTheOthers) {
  CoreDriver d(eager());
  d.assign({1});
  d.poll(1, {0, 1, 2, 3, 9}, {0, 2, 9});
  EXPECT_EQ(d.core.watermark(1), 1);
  d.turn();
  const Submit submit = d.only_submit();
  EXPECT_THAT(d.body(submit.request), ElementsAre("1:1", "1:3"));
  d.answer(submit, Outcome::kDone);
  EXPECT_EQ(d.core.watermark(1), 10);
}

TEST(Delivery, CommitsPastControlRecordsAtTheEndOfTheLog) {
  InFlight d;
  const StreamReport report{1, 0, 6, 6, 0};
  d.feed(Reported{{&report, 1}});
  EXPECT_EQ(d.core.watermark(1), 0);
  d.answer(d.submit, Outcome::kDone);
  d.turn();
  EXPECT_EQ(d.committed[1], 6);
}

TEST(Delivery, FiltersABatchAgainUntilItsFiltersWorkAndKeepsItsPlaceInOrder) {
  CoreDriver d(eager());
  d.assign({1});
  const BatchId batch = d.add_batch(1, {0, 1, 2}, {0});
  const auto raw = d.runs_of(batch, true), runs = d.runs_of(batch, false);
  d.feed(FilterFailed{batch, 1000, raw});
  EXPECT_EQ(d.take<Health>()[0].problem, Problem::kFilter);
  d.poll(1, {3});
  d.turn();
  EXPECT_THAT(d.submitted(), SizeIs(0)) << "3 is behind what was not filtered";
  d.advance(100 * kMillisecond);
  ASSERT_THAT(d.take<Refilter>(), SizeIs(1));
  d.feed(Polled{batch, 1000, runs});
  EXPECT_FALSE(d.take<Health>()[0].raised);
  EXPECT_EQ(d.core.watermark(1), 1);
  d.turn();
  const Submit submit = d.only_submit();
  EXPECT_THAT(d.body(submit.request), ElementsAre("1:1", "1:2", "1:3"));
  d.answer(submit, Outcome::kDone);
  EXPECT_EQ(d.core.watermark(1), 4);
  EXPECT_THAT(d.released, SizeIs(2));
}

TEST(Delivery, CopiesFewSurvivorsAtOnceAndTheRestAtTheFirstFailure) {
  CoreDriver d(eager());
  d.assign({1, 2});
  d.poll(1, {0, 1, 2, 3, 4}, {0, 1, 2, 3}, 1 << 20);
  EXPECT_THAT(d.take<Copy>(), SizeIs(1));
  d.poll(2, {0, 1}, {}, 1 << 20);
  EXPECT_THAT(d.take<Copy>(), SizeIs(0)) << "all of it was kept, and it will soon be gone";
  d.turn();
  for (const Submit& submit : d.submitted()) d.answer(submit, Outcome::kRetry);
  EXPECT_THAT(d.take<Copy>(), SizeIs(1)) << "once for each batch";
}

TEST(Delivery, CopiesSmallBatchesOutOfLargeBuffersWhenMemoryIsShort) {
  CoreConfig config = eager();
  config.memory = 3 << 20;
  CoreDriver d(config);
  d.assign({1, 2});
  d.poll(1, {0, 1}, {}, 1 << 20);
  EXPECT_THAT(d.take<Copy>(), SizeIs(0));
  d.poll(2, {0, 1}, {}, 1 << 20);
  EXPECT_THAT(d.take<Copy>(), SizeIs(1));
}

TEST(Delivery, StopsReadingWhenTooMuchIsDeliveredAndCannotBeCommitted) {
  InFlight d;
  d.commit_ok = false;
  d.answer(d.submit, Outcome::kDone);
  Position next = 4;
  const auto deliver = [&](int requests) {
    for (int i = 0; i < requests; ++i, next += 4) {
      d.poll_range(1, next, next + 4);
      d.turn();
      d.answer(d.only_submit(), Outcome::kDone);
    }
    d.turn();
  };
  deliver(30);
  EXPECT_GT(d.last_poll.records, 0u);
  d.advance(61 * kSecond);
  EXPECT_EQ(d.last_poll.records, 0u) << "124 records are over 20 batches of 4";
  d.commit_ok = true;
  d.advance(kSecond);
  d.commits_become_durable();
  d.turn();
  EXPECT_GT(d.last_poll.records, 0u);
}

TEST(Delivery, KeepsAndCountsARecordInRetryThatTheLogsStartHasPassed) {
  InFlight d;
  d.answer(d.submit, Outcome::kRetry);
  StreamReport report{1, 3, 10, -1, 0};
  d.feed(Reported{{&report, 1}});
  EXPECT_EQ(d.core.counters().not_replayable, 0u);
  report.begin = 8;
  d.feed(Reported{{&report, 1}});
  d.feed(Reported{{&report, 1}});
  EXPECT_EQ(d.core.counters().not_replayable, 4u);
  EXPECT_THAT(d.body(d.again(100 * kMillisecond).request), SizeIs(4));
}

}  // namespace
}  // namespace millrace::pipeline
