#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {

Check zero_credit_delivers_nothing() {
  return {.group = Group::kSource,
          .says = "poll() with max_records 0 delivers nothing, and never more than max_records.",
          .rule = "plugin.h, mr_source_v1.poll",
          .remedy = "Count down from max_records; at 0 serve the session and return an empty batch.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            Feed feed(live);
            trial.step("poll() with max_records 0");
            for (int i = 0; i < 10; ++i) {
              if (i % 3 == 2) feed.poll(3);
              const Lent batch = feed.poll(0);
              if (batch.count() > 0)
                fail("With max_records 0 it delivered " + std::to_string(batch.count()) + " records.");
            }
          }};
}

}  // namespace millrace::sdk_tool
