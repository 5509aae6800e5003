#include <thread>

#include "sdk/tool/sink_calls.h"

namespace millrace::sdk_tool {

Check one_completion_per_submit() {
  return {
      .group = Group::kSink,
      .says = "A request that was taken is answered once, with a valid result; one that was refused is not.",
      .rule = "plugin.h, mr_sink_v1.submit and mr_completion.done",
      .remedy =
          "Call done() on exactly one path, and return MR_OK once the completion has been handed on; "
          "C++: move the millrace::Completion.",
      .run = [](Trial& trial) {
        Live live(trial);
        live.must_start();
        Requests requests(live);
        trial.step("submit() of 20 requests");
        for (int i = 0; i < 20; ++i) {
          if (requests.outstanding() >= std::max(1u, requests.max_in_flight()))
            requests.wait_for_answers(std::chrono::milliseconds(500));
          if (requests.outstanding() >= std::max(1u, requests.max_in_flight()))
            break;  // it is slow; deadline-honoured looks at that
          requests.submit();
        }
        requests.wait_for_answers(std::chrono::milliseconds(500));
        requests.stop();
        std::string problem;
        requests.each([&](const Request& r) {
          if (r.answers > 1) problem = "Request " + r.id + " was answered " + std::to_string(r.answers) + " times.";
          if (!r.taken && r.answers > 0)
            problem = "Request " + r.id + " was refused with " + r.refusal.words() + " and answered.";
          if (!r.wrong.empty()) problem = "Request " + r.id + ": " + r.wrong + ".";
        });
        if (!problem.empty()) fail(problem);
        std::size_t taken = 0;
        requests.each([&](const Request& r) { taken += r.taken; });
        if (taken == 0)
          skip("It took no request here; the last was refused with " + requests.all().back()->refusal.words() + ".");
      }};
}

}  // namespace millrace::sdk_tool
