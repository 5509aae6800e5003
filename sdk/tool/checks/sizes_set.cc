#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check sizes_set() {
  return {.group = Group::kDescriptor,
          .says = "Every struct says its size, and every required function and text is inside it.",
          .rule = "plugin.h, Rules that hold for every declaration: Size",
          .remedy = "Write struct_size = sizeof(the struct) and every member that has no \"may be NULL\".",
          .run = [](Trial& trial) {
            const std::vector<std::string> problems = broken_parts(&trial.plugin());
            if (problems.empty()) return;
            std::string text;
            for (std::size_t i = 0; i < problems.size() && i < 5; ++i) text += (i ? " " : "") + problems[i];
            fail(text);
          }};
}

}  // namespace millrace::sdk_tool
