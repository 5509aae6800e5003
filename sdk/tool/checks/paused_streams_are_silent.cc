#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {

Check paused_streams_are_silent() {
  return {.group = Group::kSource,
          .says = "A paused stream delivers nothing and loses nothing.",
          .rule = "plugin.h, mr_source_v1.set_paused",
          .remedy = "Stop taking from the stream; what was fetched already waits and comes when it goes on.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            Feed feed(live);
            std::size_t records = 0;
            trial.step("poll() for records");
            poll_until(feed, 2.0, 5, [&](const Lent& batch) { return (records += batch.count()) > 0; });
            if (records == 0) skip("No record came within 2 s.");
            if (const Answer answer = feed.set_paused(feed.assigned(), true); !answer.ok())
              fail("set_paused() failed with " + answer.words() + ".");
            trial.step("poll() with all streams paused");
            for (int i = 0; i < 10; ++i)
              if (const Lent batch = feed.poll(50); batch.count() > 0)
                fail("With all of its streams paused it delivered " + std::to_string(batch.count()) + " records.");
          }};
}

}  // namespace millrace::sdk_tool
