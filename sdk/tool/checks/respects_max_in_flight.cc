#include "sdk/tool/sink_calls.h"

namespace millrace::sdk_tool {

Check respects_max_in_flight() {
  return {
      .group = Group::kSink,
      .says = "A sink takes as many requests at once as max_in_flight says, each without waiting for the one before.",
      .rule = "plugin.h, mr_sink_v1.max_in_flight and submit",
      .remedy = "Lower max_in_flight to what the sink can hold, and send from another thread than submit()'s.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        Requests requests(live);
        const std::uint32_t most = requests.max_in_flight();
        if (most == 0) fail("max_in_flight is 0: the host could never send anything.");
        for (std::uint32_t i = 0; i < std::min(64u, most); ++i) {
          trial.step("submit() of request " + std::to_string(i + 1) + " of " + std::to_string(most) + " at once");
          const auto began = std::chrono::steady_clock::now();
          const Request& r = requests.submit(std::chrono::milliseconds(500));
          if (std::chrono::steady_clock::now() - began > std::chrono::seconds(2))
            fail("submit() did not return for more than 2 s.");
          if (!r.taken && r.refusal.status == MR_RESOURCE_EXHAUSTED)
            fail("max_in_flight is " + std::to_string(most) + "; with " + std::to_string(i) +
                 " outstanding, submit() answered " + r.refusal.words() + ".");
        }
        requests.stop();
      }};
}

}  // namespace millrace::sdk_tool
