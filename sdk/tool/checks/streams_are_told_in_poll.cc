#include "sdk/tool/source_calls.h"

namespace millrace::sdk_tool {

Check streams_are_told_in_poll() {
  return {.group = Group::kSource,
          .says = "A source calls millrace.streams/1 from inside poll() only.",
          .rule = "plugin.h, mr_streams",
          .remedy = "Note what a client's thread says, and tell the host of it in the next poll().",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            Feed feed(live);
            for (int i = 0; i < 10; ++i) feed.poll(5);
            trial.step("commit(), set_paused() and stop()");
            const auto ids = feed.assigned();
            std::vector<mr_position> positions;
            for (const std::uint64_t id : ids) positions.push_back({id, 1});
            feed.commit(positions);
            feed.set_paused(ids, true);
            feed.set_paused(ids, false);
            live.stop();
            for (const std::string& violation : live.host().violations())
              if (violation.find("outside poll()") != std::string::npos) fail("Outside poll(): " + violation + ".");
          }};
}

}  // namespace millrace::sdk_tool
