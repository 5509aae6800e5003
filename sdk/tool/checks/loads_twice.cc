#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check loads_twice() {
  return {
      .group = Group::kBinary,
      .says = "A plugin can be loaded again, and a copy of it beside itself.",
      .rule = "plugin.h, millrace_plugin_entry_v1: it returns at once and starts nothing",
      .remedy = "Do nothing in constructors of globals that may not happen twice in a process.",
      .run = [](Trial& trial) {
        const mr_plugin* first = &trial.plugin();
        trial.step("loading the file again");
        const Loaded again = load_library(trial.options().file);
        if (again.descriptor != first) fail("Loaded again, the entry returns another descriptor. " + again.problem);
        trial.step("loading a copy of the file");
        const auto copy = std::filesystem::current_path() / "copy.so";
        std::filesystem::copy_file(trial.options().file, copy);
        // Libraries beside the original stay where they are: a plugin that finds them by $ORIGIN only is let off.
        const Loaded second = load_library(copy);
        if (second.descriptor == nullptr && second.problem.find("cannot open shared object file") == std::string::npos)
          fail("A copy beside it does not load: " + second.problem);
      }};
}

}  // namespace millrace::sdk_tool
