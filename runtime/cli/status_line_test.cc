#include "runtime/cli/status_line.h"

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

pipeline::PipelineStatus status(std::uint64_t delivered) {
  pipeline::PipelineStatus s;
  s.name = "orders";
  s.poller.counters.delivered = delivered;
  s.poller.counters.retried = 7;
  s.poller.in_flight = 3;
  s.poller.lag = 12'345;
  return s;
}

TEST(Progress, TellsTheRateSinceTheLastTime) {
  Progress progress;
  progress.describe({status(1'000)}, 1'000'000'000);
  EXPECT_EQ(progress.describe({status(4'000)}, 1'500'000'000),
            "orders: 6,000 records/s, lag 12,345, in flight 3, retries 7");
}

TEST(Progress, SaysWhenALagIsNotKnownAndWhatIsWrong) {
  Progress progress;
  pipeline::PipelineStatus s = status(0);
  s.poller.lag = -1;
  s.health.state = observe::Health::kBroken;
  s.health.problem.id = "MR7203";
  EXPECT_EQ(progress.describe({s}, 1), "orders: 0 records/s, lag unknown, in flight 3, retries 7, broken MR7203");
}

TEST(WithCommas, GroupsDigitsByThree) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
  EXPECT_EQ(with_commas(12'345'678), "12,345,678");
}

}  // namespace
}  // namespace millrace::cli
