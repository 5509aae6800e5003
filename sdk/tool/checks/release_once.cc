#include <algorithm>
#include <thread>

#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {

Check release_once() {
  return {.group = Group::kSource,
          .says = "A batch's bytes stay as they are until it is released, in any order and on any thread.",
          .rule = "plugin.h, mr_batch.release",
          .remedy = "Let each batch own what its pointers lead to, and free that and nothing else in release().",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            Feed feed(live);
            std::vector<Lent> held;
            trial.step("poll() while batches are held");
            poll_until(feed, 2.0, 5, [&](Lent&& batch) {
              if (batch.count() > 0) held.push_back(std::move(batch));
              return held.size() == 6;
            });
            if (held.size() < 2)
              skip("Fewer than two batches came within 2 s. Give this command a --config FILE with which they do.");
            std::vector<std::size_t> order(held.size());
            for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
            std::shuffle(order.begin(), order.end(), trial.random());
            for (std::size_t n = 0; n < order.size(); ++n) {
              for (std::size_t left = n; left < order.size(); ++left)
                if (held[order[left]].checksum_now() != held[order[left]].checksum())
                  fail("The bytes of batch " + std::to_string(order[left] + 1) + " changed while it was held.");
              trial.step("release() of batch " + std::to_string(order[n] + 1) + " of " + std::to_string(order.size()) +
                         ", on another thread");
              std::thread([&] { held[order[n]].release(); }).join();
            }
          }};
}

}  // namespace millrace::sdk_tool
