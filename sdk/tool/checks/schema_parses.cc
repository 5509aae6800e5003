#include "runtime/config/json_schema.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check schema_parses() {
  return {
      .group = Group::kDescriptor,
      .says = "A component's schema is JSON Schema in the host's subset, and its defaults fit it.",
      .rule = "plugin.h, mr_component.config_schema",
      .remedy =
          "Use the keywords that writing-a-plugin.md lists; `millrace plugins describe` shows how the host reads it.",
      .run = [](Trial& trial) {
        for (const Component& c : trial.components()) {
          if (!c.complete) continue;
          const auto parsed = config::JsonSchema::parse(c.table.config_schema);
          if (!parsed.ok()) fail(c.label() + ": " + parsed.status().to_string());
        }
      }};
}

}  // namespace millrace::sdk_tool
