#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check loads_now_local() {
  return {.group = Group::kBinary,
          .says = "A plugin loads with RTLD_NOW | RTLD_LOCAL, and its entry returns a descriptor.",
          .rule = "plugin.h, millrace_plugin_entry_v1",
          .remedy = "Link every library that it uses (-Wl,-z,defs finds what is missing when it is linked).",
          .run = [](Trial& trial) {
            trial.step("loading the library");
            if (const Loaded loaded = load_library(trial.options().file); !loaded.problem.empty()) fail(loaded.problem);
          }};
}

}  // namespace millrace::sdk_tool
