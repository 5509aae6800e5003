// The tracker, by examples and against a model that keeps every record.
#include "runtime/pipeline/tracker.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace millrace::pipeline {
namespace {

TEST(Tracker, KnowsNothingBeforeTheFirstRecord) {
  EXPECT_FALSE(Tracker().known());
}

TEST(Tracker, HoldsTheWatermarkAtTheFirstUnfinishedRecord) {
  Tracker tracker;
  tracker.admit(10, 20);
  tracker.admit(20, 30);
  tracker.finish(20, 30);
  EXPECT_EQ(tracker.watermark(), 10);
  tracker.finish(10, 20);
  EXPECT_EQ(tracker.watermark(), 30);
}

TEST(Tracker, TakesHolesAsFinishedOnceWhatIsBeforeThemIs) {
  Tracker tracker;
  tracker.admit(10, 11);
  tracker.admit(500, 501);  // 11 to 499 were aborted, compacted or filtered
  EXPECT_EQ(tracker.watermark(), 10);
  tracker.finish(10, 11);
  EXPECT_EQ(tracker.watermark(), 500);
}

TEST(Tracker, DoesNotMoveBackWhenARangeIsFinishedTwice) {
  Tracker tracker;
  tracker.admit(0, 10);
  tracker.finish(0, 10);
  tracker.finish(0, 5);
  EXPECT_EQ(tracker.watermark(), 10);
  EXPECT_EQ(tracker.islands(), 0u);
}

TEST(Tracker, SkipsControlRecordsThatNothingWaitsBefore) {
  Tracker tracker;
  tracker.skip_to(7);
  EXPECT_EQ(tracker.watermark(), 7);
  tracker.admit(7, 8);
  tracker.skip_to(12);
  EXPECT_EQ(tracker.watermark(), 7);
  tracker.finish(7, 8);
  EXPECT_EQ(tracker.watermark(), 12);
  tracker.skip_to(9);
  EXPECT_EQ(tracker.watermark(), 12);
}

// 100,000 histories: ranges with holes are admitted and finished in any order; a model keeps every range.
TEST(Tracker, AgreesWithAModelThatKeepsEveryRange) {
  std::mt19937_64 random(20);
  for (int history = 0; history < 100'000; ++history) {
    Tracker tracker;
    std::map<Position, std::pair<Position, bool>> model;  // first → next, finished
    Position end = static_cast<Position>(random() % 50);
    std::vector<Position> open;
    for (int step = 0; step < 24; ++step) {
      if (open.empty() || random() % 2 == 0) {
        const Position first = end + static_cast<Position>(random() % 4);
        end = first + 1 + static_cast<Position>(random() % 4);
        tracker.admit(first, end);
        model[first] = {end, false};
        open.push_back(first);
      } else {
        const std::size_t pick = random() % open.size();
        const Position first = open[pick];
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
        model[first].second = true;
        tracker.finish(first, model[first].first);
      }
      Position expected = end;
      for (const auto& [first, range] : model)
        if (!range.second) {
          expected = first;
          break;
        }
      ASSERT_EQ(tracker.watermark(), expected) << "history " << history << " step " << step;
    }
  }
}

}  // namespace
}  // namespace millrace::pipeline
