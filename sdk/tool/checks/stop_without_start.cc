#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check stop_without_start() {
  return {.group = Group::kLifecycle,
          .says = "An instance that was never started can be stopped and destroyed.",
          .rule = "plugin.h, mr_component.stop",
          .remedy = "Let stop() look whether there is anything to stop.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_create();
            live.stop();
            live.destroy();
          }};
}

}  // namespace millrace::sdk_tool
