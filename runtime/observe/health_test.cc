#include "runtime/observe/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace millrace::observe {
namespace {

struct Fixture {
  ManualClock clock;
  std::vector<std::string> lines;
  std::vector<std::string> heard;
  HealthRegistry registry{
      make_logger({.write = [this](std::string_view l) { lines.emplace_back(l.substr(l.find(' ') + 1)); }}), clock,
      [this](const ComponentHealth& now) {
        heard.push_back(now.component + " " + std::string(health_name(now.state)));
      }};
};

const Problem kNoAccess{.code = Code::kUnauthenticated,
                        .id = "MR3012",
                        .reason = "AUTHN",
                        .message = "SASL authentication failed.",
                        .detail = "broker b1"};

TEST(Health, LogsAChangeOnceAndARecoveryOnce) {
  Fixture f;
  f.registry.report("source", Health::kBroken, kNoAccess);
  Problem again = kNoAccess;
  again.detail = "broker b2";
  f.registry.report("source", Health::kBroken, again);
  f.registry.report("source", Health::kHealthy);
  f.registry.report("source", Health::kHealthy);
  EXPECT_THAT(f.lines,
              testing::ElementsAre("error millrace: SASL authentication failed. component=source health=broken "
                                   "id=MR3012 reason=AUTHN detail=\"broker b1\"",
                                   "info  millrace: source has recovered component=source health=healthy id=MR3012"));
  EXPECT_THAT(f.heard, testing::ElementsAre("source broken", "source healthy"));
}

TEST(Health, IsSilentWhenAComponentStartsHealthy) {
  Fixture f;
  f.registry.report("sink", Health::kHealthy);
  EXPECT_TRUE(f.lines.empty());
  EXPECT_EQ(f.registry.components().size(), 1u);
}

TEST(Health, LogsAnotherProblemOfTheSameState) {
  Fixture f;
  f.registry.report("source", Health::kDegraded, kNoAccess);
  f.registry.report("source", Health::kDegraded, {.id = "MR3013", .message = "The broker is gone."});
  EXPECT_EQ(f.lines.size(), 2u);
}

TEST(Health, OfThePipelineIsThatOfItsWorstComponentAndTheOldestAmongEquals) {
  Fixture f;
  EXPECT_EQ(f.registry.aggregate().state, Health::kHealthy);
  f.registry.report("sink", Health::kDegraded, {.message = "slow"});
  f.clock.advance(std::chrono::seconds(1));
  f.registry.report("source", Health::kBroken, kNoAccess);
  f.clock.advance(std::chrono::seconds(1));
  f.registry.report("filters[0]", Health::kBroken, {.message = "broken later"});
  EXPECT_EQ(f.registry.aggregate().component, "source");
  EXPECT_EQ(f.registry.aggregate().problem.id, "MR3012");
  f.registry.forget("source");
  EXPECT_EQ(f.registry.aggregate().component, "filters[0]");
  f.registry.report("filters[0]", Health::kHealthy);
  EXPECT_EQ(f.registry.aggregate().component, "sink");
}

TEST(Health, RemembersTheLatestDetailAndSinceWhenTheStateHolds) {
  Fixture f;
  f.registry.report("source", Health::kBroken, kNoAccess);
  const auto since = f.registry.aggregate().since_unix_ms;
  f.clock.advance(std::chrono::seconds(5));
  Problem again = kNoAccess;
  again.detail = "broker b2";
  f.registry.report("source", Health::kBroken, again);
  EXPECT_EQ(f.registry.aggregate().since_unix_ms, since);
  EXPECT_EQ(f.registry.aggregate().problem.detail, "broker b2");
}

TEST(Health, TellsTheListenerInTheOrderOfChangeFromManyThreads) {
  Fixture f;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, name = "c" + std::to_string(t)] {
      for (int i = 0; i < 50; ++i)
        f.registry.report(name, i % 2 == 0 ? Health::kBroken : Health::kHealthy, {.message = "m"});
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(f.heard.size(), 200u);
  EXPECT_EQ(f.registry.aggregate().state, Health::kHealthy);
}

}  // namespace
}  // namespace millrace::observe
