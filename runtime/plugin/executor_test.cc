#include "runtime/plugin/executor.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <future>
#include <memory>
#include <set>

namespace millrace::plugin {
namespace {

// What a task uses is declared before the executor and its owner, so it outlives them.

using std::chrono::hours;
using std::chrono::milliseconds;
constexpr std::chrono::seconds kSoon(20);  // a deadline for what happens at once

TEST(Executor, RunsWorkOnItsNamedThreads) {
  std::promise<std::string> name;
  Executor executor({.name = "mr-test", .threads = 1, .capacity = 8});
  Executor::Owner owner(executor);
  ASSERT_TRUE(owner.run([&] {
    char text[16] = {};
    ::pthread_getname_np(::pthread_self(), text, sizeof text);
    name.set_value(text);
  }));
  EXPECT_EQ(name.get_future().get(), "mr-test-0");
}

TEST(Executor, RunsATimerAfterItsDelayAndBeforeALaterOne) {
  std::promise<void> done;
  std::vector<int> order;
  Executor executor({.threads = 1});
  Executor::Owner owner(executor);
  const auto start = std::chrono::steady_clock::now();
  owner.after(milliseconds(20), [&] { order.push_back(2), done.set_value(); });
  owner.after(milliseconds(10), [&] { order.push_back(1); });
  ASSERT_EQ(done.get_future().wait_for(kSoon), std::future_status::ready);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(20));
}

TEST(Executor, RunsPendingTimersAtOnceWhenItsOwnerIsDrained) {
  std::atomic<int> ran = 0;
  Executor executor;
  Executor::Owner owner(executor);
  for (int i = 0; i < 10; ++i) owner.after(hours(1), [&] { ++ran; });
  owner.drain();
  EXPECT_EQ(ran, 10);
  EXPECT_FALSE(owner.run([&] { ++ran; })) << "a drained owner gives no more work";
  EXPECT_EQ(owner.after(milliseconds(0), [&] { ++ran; }), 0u);
  owner.drain();
  EXPECT_EQ(ran, 10);
}

TEST(Executor, DrainsOneOwnerWithoutWaitingForAnother) {
  std::promise<void> started, release;
  Executor executor({.threads = 2});
  Executor::Owner busy(executor), idle(executor);
  busy.run([&] { started.set_value(), release.get_future().wait(); });
  started.get_future().wait();
  idle.drain();  // returns although `busy` still runs
  release.set_value();
}

TEST(Executor, WaitsInDrainForWhatRunsAlready) {
  std::promise<void> started, release;
  std::atomic<bool> finished = false;
  Executor executor({.threads = 1});
  Executor::Owner owner(executor);
  owner.run([&] { started.set_value(), release.get_future().wait(), finished = true; });
  started.get_future().wait();
  auto drained = std::async(std::launch::async, [&] {
    owner.drain();
    return finished.load();
  });
  EXPECT_EQ(drained.wait_for(milliseconds(20)), std::future_status::timeout);
  release.set_value();
  EXPECT_TRUE(drained.get());
}

TEST(Executor, NeverRunsACancelledTimer) {
  std::atomic<bool> ran = false;
  Executor executor;
  {
    Executor::Owner owner(executor);
    owner.cancel(owner.after(hours(1), [&] { ran = true; }));
    owner.cancel(12345);
    owner.cancel(0);
  }
  EXPECT_FALSE(ran);
}

TEST(Executor, DoesNotLetOneOwnerCancelAnothersTimer) {
  std::atomic<bool> ran = false;
  Executor executor;
  Executor::Owner owner(executor), stranger(executor);
  stranger.cancel(owner.after(hours(1), [&] { ran = true; }));
  owner.drain();
  EXPECT_TRUE(ran);
}

TEST(Executor, WaitsInCancelUntilARunningTimerHasFinished) {
  std::promise<void> started, release;
  std::atomic<bool> finished = false;
  Executor executor({.threads = 1});
  Executor::Owner owner(executor);
  const auto timer =
      owner.after(milliseconds(0), [&] { started.set_value(), release.get_future().wait(), finished = true; });
  started.get_future().wait();
  auto cancelled = std::async(std::launch::async, [&] {
    owner.cancel(timer);
    return finished.load();
  });
  EXPECT_EQ(cancelled.wait_for(milliseconds(20)), std::future_status::timeout);
  release.set_value();
  EXPECT_TRUE(cancelled.get());
}

TEST(Executor, ReturnsAtOnceFromCancelInsideTheTimerItself) {
  std::promise<std::uint64_t> id;
  std::promise<void> done;
  Executor executor({.threads = 1});
  Executor::Owner owner(executor);
  id.set_value(owner.after(milliseconds(5),
                           [&, number = id.get_future().share()] { owner.cancel(number.get()), done.set_value(); }));
  EXPECT_EQ(done.get_future().wait_for(kSoon), std::future_status::ready);
}

TEST(Executor, RefusesAnOwnerItsCapacityAndNotItsNeighbour) {
  Executor executor({.threads = 1, .capacity = 2});
  Executor::Owner greedy(executor), modest(executor);
  EXPECT_NE(greedy.after(hours(1), [] {}), 0u);
  const auto second = greedy.after(hours(1), [] {});
  EXPECT_NE(second, 0u);
  EXPECT_EQ(greedy.after(hours(1), [] {}), 0u);
  EXPECT_NE(modest.after(hours(1), [] {}), 0u);
  greedy.cancel(second);
  EXPECT_NE(greedy.after(hours(1), [] {}), 0u) << "what was cancelled gives its place back";
}

TEST(Executor, LetsATasksDestructorComeBackToIt) {
  std::promise<void> came_back;
  Executor executor({.threads = 1});
  Executor::Owner owner(executor);
  owner.run([held = std::shared_ptr<void>(nullptr, [&](void*) { owner.run([&] { came_back.set_value(); }); })] {});
  EXPECT_EQ(came_back.get_future().wait_for(kSoon), std::future_status::ready);
}

TEST(Executor, DestroysATaskBeforeAnyoneHearsThatItHasFinished) {
  Executor executor;
  for (int i = 0; i < 200; ++i) {
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = held;
    Executor::Owner owner(executor);
    owner.run([held = std::move(held)] {});
    owner.drain();
    ASSERT_TRUE(watch.expired());
  }
}

TEST(Executor, AcceptsCancelsAndDrainsFromManyThreads) {
  std::atomic<int> accepted = 0, ran = 0;
  Executor executor({.threads = 3});
  {
    Executor::Owner owner(executor);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i)
          if (owner.after(std::chrono::microseconds(i), [&] { ++ran; }) != 0) ++accepted;
      });
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(accepted, 0);
}

TEST(Executor, TakesAnyDelayWithoutOverflow) {
  std::atomic<int> ran = 0;
  Executor executor;
  Executor::Owner owner(executor);
  owner.after(std::chrono::nanoseconds::max(), [&] { ++ran; });
  owner.after(std::chrono::nanoseconds(-5), [&] { ++ran; });
  owner.drain();
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace millrace::plugin
