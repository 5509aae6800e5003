#include <thread>

#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {

Check interrupt_wakes_poll() {
  return {
      .group = Group::kSource,
      .says = "interrupt() makes a poll() that waits return, or the next one when none waits.",
      .rule = "plugin.h, mr_source_v1.interrupt",
      .remedy =
          "Keep a flag beside the condition that poll() waits on; set it in interrupt(), clear it when poll() returns.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        Feed feed(live);
        for (int i = 0; i < 3; ++i) feed.poll(3);
        if (const auto ids = feed.assigned(); !ids.empty())
          feed.set_paused(ids, true);  // so that there is nothing to give
        const auto timed = [&](bool before) {
          trial.step(before ? "poll() for 8 s after interrupt()"
                            : "interrupt() 100 ms after the start of a poll() for 8 s");
          const auto began = std::chrono::steady_clock::now();
          std::thread other;
          if (before)
            feed.interrupt();
          else
            other = std::thread([&] {
              std::this_thread::sleep_for(std::chrono::milliseconds(100));
              feed.interrupt();
            });
          feed.poll(100, 1u << 20, 8'000);
          if (other.joinable()) other.join();
          return std::chrono::steady_clock::now() - began;
        };
        for (const bool before : {false, true})
          if (timed(before) > std::chrono::seconds(3))
            fail(before ? "interrupt() came while no poll() waited, and the next one waited for more than 3 s."
                        : "poll() went on waiting for more than 3 s after interrupt().");
      }};
}

}  // namespace millrace::sdk_tool
