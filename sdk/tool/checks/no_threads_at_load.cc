#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check no_threads_at_load() {
  return {.group = Group::kBinary,
          .says = "Loading a plugin starts no thread.",
          .rule = "plugin.h, millrace_plugin_entry_v1: it returns at once and starts nothing",
          .remedy = "Start threads in start(), join them in stop().",
          .run = [](Trial& trial) {
            const std::size_t before = thread_count();
            trial.plugin();
            if (const std::size_t after = thread_count(); after > before)
              fail("After loading there are " + std::to_string(after - before) + " threads more.");
          }};
}

}  // namespace millrace::sdk_tool
