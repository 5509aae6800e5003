#include <set>

#include "runtime/plugin/sized.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check type_names() {
  return {.group = Group::kDescriptor,
          .says = "Types are lower_snake_case and unique within their kind, and plugin, version and summary are named.",
          .rule = "plugin.h, mr_component.type and mr_plugin.name",
          .remedy = "Name the type [a-z][a-z0-9_]*, the plugin like org.example.sample, and sum it up in one line.",
          .run = [](Trial& trial) {
            std::set<std::string> seen;
            for (const Component& c : trial.components()) {
              if (c.table.type == nullptr) continue;
              const std::string type = c.table.type;
              bool good = !type.empty() && type[0] >= 'a' && type[0] <= 'z';
              for (const char ch : type)
                good = good && ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_');
              if (!good) fail("A component has the type '" + type + "'.");
              if (!seen.insert(c.label()).second) fail("There are two of " + c.label() + ".");
              const std::string summary = c.table.summary == nullptr ? "" : c.table.summary;
              if (summary.empty()) fail(c.label() + " has no summary.");
              if (summary.find('\n') != std::string::npos)
                fail("The summary of " + c.label() + " has more than one line.");
            }
            if (seen.empty()) skip("No component can be read; see sizes-set.");
            const mr_plugin& plugin = trial.plugin();
            if (plugin.name == nullptr || plugin.version == nullptr)
              skip("The plugin's texts cannot be read; see sizes-set.");
            if (*plugin.version == '\0') fail("The plugin's version is empty.");
            if (std::string_view(plugin.name).find('.') == std::string_view::npos)
              fail("The plugin is called '" + std::string(plugin.name) + "', which is no reverse domain name.");
          }};
}

}  // namespace millrace::sdk_tool
