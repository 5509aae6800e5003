#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check example_validates() {
  return {.group = Group::kDescriptor,
          .says = "The examples that a schema gives at its root are valid.",
          .rule = "writing-a-plugin.md, Checking a plugin",
          .remedy = "Correct the example or the schema: people copy examples.",
          .run = [](Trial& trial) {
            std::size_t count = 0;
            for (const Component& c : trial.components()) {
              if (!c.complete) continue;
              for (const std::string& example : examples(c.table.config_schema)) {
                ++count;
                std::string problem;
                if (!canonical(c.table.config_schema, example, &problem) && problem.find("MR1211") == std::string::npos)
                  fail(c.label() + ": " + example + " is not valid: " + problem);
              }
            }
            if (count == 0) skip("No schema has `examples` at its root.");
          }};
}

}  // namespace millrace::sdk_tool
