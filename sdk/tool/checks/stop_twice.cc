#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check stop_twice() {
  return {.group = Group::kLifecycle,
          .says = "An instance can be stopped a second time.",
          .rule = "plugin.h, mr_component.stop",
          .remedy = "Let stop() do nothing when everything has stopped already.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            live.stop();
            trial.step("the second stop()");
            trial.component().table.stop(live.self(), 0);
            live.destroy();
          }};
}

}  // namespace millrace::sdk_tool
