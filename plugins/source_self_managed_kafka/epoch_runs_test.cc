#include "epoch_runs.h"

#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

TEST(EpochRuns, GiveTheEpochOfTheLastRecordBeforeAPosition) {
  EpochRuns runs;
  EXPECT_EQ(runs.before(10), -1);
  runs.note(10, 3);
  runs.note(11, 3);
  runs.note(20, 5);
  EXPECT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs.before(10), -1);
  EXPECT_EQ(runs.before(11), 3);
  EXPECT_EQ(runs.before(20), 3);
  EXPECT_EQ(runs.before(21), 5);
}

TEST(EpochRuns, ForgetWhatIsCommittedButNotTheRunThatGoesOn) {
  EpochRuns runs;
  for (int i = 0; i < 4; ++i) runs.note(i * 10, i);
  runs.forget_before(25);
  EXPECT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs.before(25), 2);
  EXPECT_EQ(runs.before(100), 3);
}

TEST(EpochRuns, IgnoreAClusterThatHasNone) {
  EpochRuns runs;
  runs.note(1, -1);
  EXPECT_EQ(runs.size(), 0u);
}

}  // namespace
}  // namespace millrace::kafka
