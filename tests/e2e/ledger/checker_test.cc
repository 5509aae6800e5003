// The checker must be able to fail: each guarantee is broken here once, by hand.
#include "tests/e2e/ledger/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A run of one stream with offsets 0..3, delivered in two requests and committed: nothing to blame.
class CheckerTest : public ::testing::Test {
 protected:
  CheckerTest() {
    history.streams = {"orders-0", "orders-1"};
    for (std::int64_t offset = 0; offset < 4; ++offset) history.produced.push_back({0, offset, hash(offset)});
    send(100, 200, Outcome::kDone, {0, 1});
    send(300, 400, Outcome::kDone, {2, 3});
    history.samples = {{450, 0, 2}, {500, 0, 4}};
  }

  static std::uint64_t hash(std::int64_t offset) { return 1000 + static_cast<std::uint64_t>(offset); }

  void send(std::uint64_t received, std::uint64_t answered, Outcome outcome, const std::vector<std::int64_t>& offsets) {
    Invocation invocation{received, answered, outcome, {}};
    for (const std::int64_t offset : offsets) invocation.items.push_back({0, offset, hash(offset)});
    history.invocations.push_back(invocation);
  }

  std::vector<std::string> kinds(const Expectations& expectations = {}) const {
    std::vector<std::string> names;
    for (const auto& [kind, count] : check(history, expectations).kinds) names.push_back(kind);
    return names;
  }

  History history;
};

TEST_F(CheckerTest, HasNothingToSayAboutAGoodRun) {
  const Report report = check(history);
  EXPECT_TRUE(report.ok()) << report.to_string();
  EXPECT_EQ(report.to_string(), "4 produced, 4 delivered in 2 invocations (0 without success), 0 duplicates");
}

TEST_F(CheckerTest, BlamesALostRecord) {
  history.produced.push_back({0, 4, hash(4)});
  EXPECT_THAT(kinds(), ElementsAre("loss"));
  EXPECT_THAT(check(history).to_string(),
              HasSubstr("loss: orders-0 offset 4: was produced and never delivered with success"));
  EXPECT_THAT(kinds({.complete = false}), ElementsAre());
}

TEST_F(CheckerTest, DoesNotTakeARefusalOrALostAnswerForADelivery) {
  history.invocations[1].outcome = Outcome::kRefused;
  history.samples.clear();
  EXPECT_THAT(kinds(), ElementsAre("loss"));
  history.invocations[1].outcome = Outcome::kUnanswered;
  EXPECT_EQ(check(history).kinds.at("loss"), 2U);
}

TEST_F(CheckerTest, BlamesOtherBytes) {
  history.invocations[0].items[1].hash = 5;
  EXPECT_THAT(kinds(), ElementsAre("bytes"));
}

TEST_F(CheckerTest, BlamesARecordThatNobodyProduced) {
  send(600, 700, Outcome::kDone, {9});
  EXPECT_THAT(kinds(), ElementsAre("invention"));
}

TEST_F(CheckerTest, BlamesARecordSentBeforeTheOnesAheadOfItAreFinished) {
  history.invocations[0].answered_ns = 350;  // 2 and 3 were received at 300
  EXPECT_THAT(kinds(), ElementsAre("overtaken"));
  EXPECT_THAT(kinds({.ordered = false}), ElementsAre());
}

TEST_F(CheckerTest, BlamesARecordThatOvertakesARefusedOne) {
  history.invocations.clear();
  history.samples.clear();
  send(100, 110, Outcome::kRefused, {0, 1});
  send(200, 210, Outcome::kDone, {2, 3});
  send(300, 310, Outcome::kDone, {0, 1});
  EXPECT_THAT(kinds(), ElementsAre("overtaken"));
}

TEST_F(CheckerTest, AllowsARefusedRequestToBeSentAgainUntilItSucceeds) {
  history.invocations.clear();
  history.samples.clear();
  send(100, 110, Outcome::kRefused, {0, 1});
  send(200, 0, Outcome::kUnanswered, {0});
  send(300, 310, Outcome::kDone, {0, 1});
  send(400, 410, Outcome::kDone, {2, 3});
  const Report report = check(history);
  EXPECT_TRUE(report.ok()) << report.to_string();
  EXPECT_EQ(report.refused, 2U);
  EXPECT_EQ(report.duplicates, 0U);
}

TEST_F(CheckerTest, BlamesAGapAndADescentInsideARequest) {
  history.invocations[0].items.erase(history.invocations[0].items.begin() + 1);
  history.invocations[1].items.clear();
  history.samples.clear();
  send(600, 700, Outcome::kDone, {1, 3});
  send(800, 900, Outcome::kDone, {3, 2});
  EXPECT_EQ(check(history).kinds.at("gap"), 2U);
}

TEST_F(CheckerTest, AllowsOnlyExcusedRecordsToBeLeftOut) {
  history.invocations.clear();
  send(100, 110, Outcome::kDone, {0, 1, 3});
  EXPECT_THAT(kinds(), ElementsAre("commit", "gap", "loss"));
  history.excuses = {{0, 2, 50}};
  history.samples = {{200, 0, 4}};
  EXPECT_THAT(kinds(), ElementsAre());
}

TEST_F(CheckerTest, BlamesTwoFates) {
  history.excuses = {{0, 2, 50}};
  EXPECT_THAT(kinds(), ElementsAre("two fates"));
  EXPECT_THAT(kinds({.one_fate = false}), ElementsAre());
}

TEST_F(CheckerTest, BlamesACommitAheadOfDelivery) {
  history.samples = {{250, 0, 2}, {350, 0, 3}};  // 2 was answered at 400
  EXPECT_THAT(kinds(), ElementsAre("commit"));
}

TEST_F(CheckerTest, BlamesACommitThatGoesBack) {
  history.samples = {{500, 0, 4}, {600, 0, 2}};
  EXPECT_THAT(kinds(), ElementsAre("commit back"));
}

TEST_F(CheckerTest, BlamesADuplicateThatNothingExplains) {
  send(600, 700, Outcome::kDone, {2, 3});
  EXPECT_EQ(check(history).kinds.at("duplicate"), 2U);
  history.disturbances = {250, 650};  // before the first delivery began, and after the second did
  EXPECT_EQ(check(history).kinds.at("duplicate"), 2U);
}

TEST_F(CheckerTest, CountsDuplicatesAfterADisturbance) {
  send(600, 700, Outcome::kDone, {2, 3});
  history.disturbances = {350};
  const Report report = check(history);
  EXPECT_TRUE(report.ok()) << report.to_string();
  EXPECT_EQ(report.duplicates, 2U);
  EXPECT_EQ(report.duplicates_by_stream.at("orders-0"), 2U);
  EXPECT_THAT(kinds({.no_duplicates = true}), ElementsAre("duplicate"));
}

TEST_F(CheckerTest, BlamesADuplicateThatShouldHaveBeenCommittedBeforeTheKill) {
  history.samples.clear();
  history.disturbances = {450, 550};
  send(600, 700, Outcome::kDone, {0, 1, 2, 3});  // finished at 200 and 400
  EXPECT_THAT(kinds(), ElementsAre());
  EXPECT_THAT(kinds({.committed_within_ns = 250}), ElementsAre());
  EXPECT_THAT(kinds({.committed_within_ns = 249}), ElementsAre("late commit"));
  EXPECT_EQ(check(history, {.committed_within_ns = 249}).kinds.at("late commit"), 2U);
}

TEST_F(CheckerTest, CountsWhatAKillRepeatedAndCouldHave) {
  history.samples.clear();
  history.invocations[1].answered_ns = 500;  // under way at 450
  history.disturbances = {450, 550};
  send(600, 700, Outcome::kDone, {1, 2, 3});
  const Report report = check(history, {.committed_within_ns = 300});
  EXPECT_TRUE(report.ok()) << report.to_string();
  ASSERT_EQ(report.repetitions.size(), 1U);
  const Repetition& repetition = report.repetitions.at(450);
  EXPECT_EQ(repetition.again, 3U);
  EXPECT_EQ(repetition.in_flight, 2U);
  EXPECT_EQ(repetition.finished, 2U);
  EXPECT_EQ(repetition.oldest_ns, 250U);
}

TEST_F(CheckerTest, JudgesEachStreamByItself) {
  history.produced.push_back({1, 7, 77});
  history.invocations.push_back({50, 60, Outcome::kDone, {{1, 7, 77}}});
  EXPECT_THAT(kinds(), ElementsAre());
  history.samples.push_back({40, 1, 8});
  EXPECT_THAT(kinds(), ElementsAre("commit"));
}

}  // namespace
}  // namespace millrace::e2e
