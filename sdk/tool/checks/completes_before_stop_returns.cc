#include "sdk/tool/sink_calls.h"

namespace millrace::sdk_tool {

Check completes_before_stop_returns() {
  return {
      .group = Group::kSink,
      .says = "Every request that was taken is answered before stop() returns.",
      .rule = "plugin.h, mr_sink_v1.submit and mr_component.stop",
      .remedy = "Let stop() end what is under way and answer it, MR_RETRY where the outcome is not known.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        Requests requests(live);
        trial.step("submit() of some requests, then stop()");
        for (std::uint32_t i = 0; i < std::min(8u, std::max(1u, requests.max_in_flight())); ++i) requests.submit();
        requests.stop();
        std::size_t open = 0, taken = 0;
        requests.each([&](const Request& r) { open += r.taken && r.answers == 0, taken += r.taken; });
        if (open > 0)
          fail("Of " + std::to_string(taken) + " requests " + std::to_string(open) + " have no answer after stop().");
      }};
}

}  // namespace millrace::sdk_tool
