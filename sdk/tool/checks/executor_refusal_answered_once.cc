#include "sdk/tool/sink_calls.h"

namespace millrace::sdk_tool {

Check executor_refusal_answered_once() {
  return {
      .group = Group::kSink,
      .says =
          "When the executor refuses work, a request is either refused or answered once, never both and never neither.",
      .rule = "plugin.h, mr_executor.run_blocking and mr_sink_v1.submit",
      .remedy =
          "Return MR_OK once the completion has been moved into the work, whatever the executor then says; "
          "C++: return what host.executor().run() returns.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        Requests requests(live);
        live.host().refuse_work = -1;
        trial.step("submit() while the executor refuses all work");
        for (int i = 0; i < 4 && requests.outstanding() < std::max(1u, requests.max_in_flight()); ++i)
          requests.submit(std::chrono::milliseconds(200));
        requests.wait_for_answers(std::chrono::milliseconds(500));
        live.host().refuse_work = 0;
        const unsigned refused = live.host().refused_work;
        requests.stop();
        if (refused == 0) skip("It gives the executor nothing to do.");
        std::string problem;
        requests.each([&](const Request& r) {
          if (!r.taken && r.answers > 0)
            problem = "Request " + r.id + " was refused with " + r.refusal.words() + " and answered as well.";
          if (r.taken && r.answers == 0) problem = "Request " + r.id + " was taken and never answered.";
          if (r.taken && r.answers > 1)
            problem = "Request " + r.id + " was answered " + std::to_string(r.answers) + " times.";
        });
        if (!problem.empty()) fail(problem);
      }};
}

}  // namespace millrace::sdk_tool
