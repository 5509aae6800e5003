// Looks on the reader's thread, with a look that is the test's: what it brings, and when it ends.
#include "read_ahead.h"

#include <gtest/gtest.h>

#include <array>
#include <latch>
#include <thread>

namespace millrace::kafka {
namespace {

// Says in its error text what was asked for.
Taken said(std::int64_t next, std::size_t most) {
  Taken taken;
  taken.error_text = std::to_string(most) + " from " + std::to_string(next);
  return taken;
}

bool ends(const ReadAhead& ahead, std::uint64_t looks) {
  const std::int64_t deadline = now_ns() + 10 * kSecond;
  while (ahead.ended() < looks) {
    if (now_ns() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(ReadAhead, HasWhatWasAskedForReadyUntilItIsTaken) {
  Wakeup wakeup;
  ReadAhead ahead([](rd_kafka_queue_t*, std::int64_t next, std::size_t most) { return said(next, most); }, wakeup);
  ReadAhead::Slot slot;
  EXPECT_TRUE(slot.is_idle());
  ASSERT_TRUE(ahead.ask(slot, nullptr, 42, 7));
  ASSERT_TRUE(ends(ahead, 1));
  ASSERT_TRUE(slot.is_ready());
  Taken taken = slot.take();
  EXPECT_EQ(taken.error_text, "7 from 42");
  EXPECT_TRUE(slot.is_idle());
  slot.put_back(std::move(taken));
  ASSERT_TRUE(slot.is_ready());
  EXPECT_EQ(slot.take().error_text, "7 from 42");
}

TEST(ReadAhead, WakesWhoeverSleeps) {
  Wakeup wakeup;
  ReadAhead ahead([](rd_kafka_queue_t*, std::int64_t next, std::size_t most) { return said(next, most); }, wakeup);
  ReadAhead::Slot slot;
  ASSERT_TRUE(ahead.ask(slot, nullptr, 0, 1));
  ASSERT_TRUE(ends(ahead, 1));
  EXPECT_FALSE(wakeup.drain());  // nobody slept
  static_cast<void>(slot.take());
  const std::int64_t deadline = now_ns() + 10 * kSecond;
  bool asked = false;
  wakeup.wait_for_news(deadline, [&] {
    asked = ahead.ask(slot, nullptr, 0, 1);
    return false;
  });
  ASSERT_TRUE(asked);
  EXPECT_LT(now_ns(), deadline);
  EXPECT_TRUE(wakeup.drain());
}

TEST(ReadAhead, ForgetsOnlyOnceALookThatHasBegunIsOver) {
  Wakeup wakeup;
  std::latch begun(1), may_end(1);
  std::atomic<bool> over{false};
  ReadAhead ahead(
      [&](rd_kafka_queue_t*, std::int64_t next, std::size_t most) {
        begun.count_down();
        may_end.wait();
        over = true;
        return said(next, most);
      },
      wakeup);
  ReadAhead::Slot looked_at, waits;
  ASSERT_TRUE(ahead.ask(looked_at, nullptr, 0, 1));
  ASSERT_TRUE(ahead.ask(waits, nullptr, 0, 1));
  begun.wait();
  waits.forget();  // has not begun: nothing to wait for
  EXPECT_TRUE(waits.is_idle());
  EXPECT_FALSE(over);
  std::jthread other([&] { may_end.count_down(); });
  looked_at.forget();
  EXPECT_TRUE(over);
  EXPECT_TRUE(looked_at.is_idle());
  EXPECT_EQ(ahead.ended(), 1u);
}

TEST(ReadAhead, HoldsSixteenAtMost) {
  Wakeup wakeup;
  ReadAhead ahead([](rd_kafka_queue_t*, std::int64_t next, std::size_t most) { return said(next, most); }, wakeup);
  std::array<ReadAhead::Slot, 17> slots;
  for (std::size_t i = 0; i < 16; ++i) EXPECT_TRUE(ahead.ask(slots[i], nullptr, 0, 1));
  EXPECT_FALSE(ahead.ask(slots[16], nullptr, 0, 1));
  EXPECT_TRUE(slots[16].is_idle());
  ASSERT_TRUE(ends(ahead, 16));
  slots[3].forget();
  EXPECT_TRUE(ahead.ask(slots[16], nullptr, 0, 1));
}

}  // namespace
}  // namespace millrace::kafka
