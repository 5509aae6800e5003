// version and docs: the commands that only print.

#include <millrace/plugin.h>

#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/reference.h"

namespace millrace::cli {

int version_command(Output output) {
  nlohmann::ordered_json json = {{"version", MILLRACE_VERSION},
                                 {"plugin_abi", std::to_string(MR_ABI_MAJOR) + "." + std::to_string(MR_ABI_MINOR)},
                                 {"compiler", __VERSION__},
                                 {"build", MILLRACE_BUILD_TYPE}};
  std::string text;
  if (output == Output::kJson) {
    text = json.dump() + "\n";
  } else if (output == Output::kYaml) {
    text = json_as_yaml(json.dump());
  } else {
    text = "millrace " MILLRACE_VERSION " (plugin ABI " + json["plugin_abi"].get<std::string>() +
           ", " MILLRACE_BUILD_TYPE ")\n";
  }
  return answer(text) ? kExitOk : kExitFailed;
}

int docs_command(const HostSettings& settings, const std::string& page) {
  const Plugins plugins = load_plugins(settings);
  if (!plugins.scan.problems.empty()) {  // a page without some plugin's part would be wrong
    for (const Diagnostic& problem : plugins.scan.problems) say(problem.to_string());
    return kExitFailed;
  }
  return answer(page == "errors" ? errors_reference(plugins.scan.catalogue)
                                 : pipeline_reference(plugins.scan.catalogue))
             ? kExitOk
             : kExitFailed;
}

}  // namespace millrace::cli
