#include <thread>

#include "sdk/tool/sink_calls.h"

namespace millrace::sdk_tool {

Check busy_then_accepts() {
  return {.group = Group::kSink,
          .says = "A sink that was busy takes requests again.",
          .rule = "plugin.h, mr_sink_v1.submit: anything but MR_OK is not taken, and the host tries again",
          .remedy = "Undo what a request had reserved when it is refused: slots, counters, flags.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            Requests requests(live);
            live.host().refuse_work = -1;
            trial.step("submit() while the executor refuses all work");
            bool refused = false;
            for (int i = 0; i < 5; ++i) {
              if (requests.outstanding() >= std::max(1u, requests.max_in_flight())) break;
              refused = !requests.submit(std::chrono::milliseconds(200)).taken || refused;
            }
            live.host().refuse_work = 0;
            requests.wait_for_answers(std::chrono::milliseconds(500));
            if (!refused && live.host().refused_work == 0)
              skip("It refuses nothing, and gives the executor nothing to do.");
            trial.step("submit() after the executor has stopped refusing");
            Answer last;
            for (int i = 0; i < 20; ++i) {
              const Request& r = requests.submit(std::chrono::milliseconds(500));
              if (r.taken) return requests.stop();
              last = r.refusal;
              std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
            fail("Refused while the executor was busy, it goes on refusing: " + last.words() + ".");
          }};
}

}  // namespace millrace::sdk_tool
