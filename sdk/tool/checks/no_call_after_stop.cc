#include <thread>

#include "sdk/tool/sink_calls.h"

namespace millrace::sdk_tool {

Check no_call_after_stop() {
  return {.group = Group::kSink,
          .says = "After stop() nothing of an instance calls the host: no answer, no log line, nothing.",
          .rule = "plugin.h, Life of an instance: stop() is the join point",
          .remedy = "Join every thread and cancel every callback in stop(); a detached thread cannot be joined.",
          .run = [](Trial& trial) {
            auto* live = new Live(trial);  // outlives what may still call it
            live->must_start();
            auto* requests = new Requests(*live);
            for (std::uint32_t i = 0; i < std::min(4u, std::max(1u, requests->max_in_flight())); ++i)
              requests->submit();
            requests->stop();
            trial.step("waiting for calls after stop()");
            std::this_thread::sleep_for(std::chrono::milliseconds(400));
            std::size_t late = 0;
            requests->each([&](const Request& r) { late += r.answered_late; });
            if (late > 0) fail(std::to_string(late) + " request(s) were answered after stop() had returned.");
            for (const std::string& violation : live->host().violations())
              if (violation.find("after stop()") != std::string::npos)
                fail("The host was called after stop() had returned.");
            live->destroy();
          }};
}

}  // namespace millrace::sdk_tool
