#include "sdk/tool/sink_calls.h"

namespace millrace::sdk_tool {

Check deadline_honoured() {
  return {.group = Group::kSink,
          .says = "A request is answered by its deadline.",
          .rule = "plugin.h, mr_request.deadline_ns",
          .remedy = "Give up at deadline_ns (CLOCK_MONOTONIC) and answer MR_RETRY: the outcome is not known.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            Requests requests(live);
            trial.step("waiting for an answer by the deadline, in 300 ms");
            if (!requests.submit(std::chrono::milliseconds(300)).taken) skip("It took no request here.");
            if (!requests.wait_for_answers(std::chrono::milliseconds(1'300))) {
              requests.stop();
              fail("A request with a deadline in 300 ms had no answer after 1300 ms.");
            }
            requests.stop();
          }};
}

}  // namespace millrace::sdk_tool
