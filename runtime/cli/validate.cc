#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/config/pipeline_spec.h"

namespace millrace::cli {

int validate_command(const HostSettings& settings, const std::vector<std::string>& files, bool show_defaults,
                     Output output) {
  const Plugins plugins = load_plugins(settings);
  warn_about_plugins(plugins.scan);
  const Checked checked = check_pipelines(files, plugins.scan.catalogue);
  const bool is_valid = !has_errors(checked.diagnostics);

  std::string text;
  if (output == Output::kJson) {
    text = std::string("{\"valid\":") + (is_valid ? "true" : "false") +
           ",\"diagnostics\":" + diagnostics_json(checked.diagnostics);
    if (show_defaults && is_valid) {
      text += ",\"pipelines\":[";
      for (const config::PipelineSpec& spec : checked.specs) text += (text.back() == '[' ? "" : ",") + spec.display;
      text += "]";
    }
    text += "}\n";
  } else {
    text = diagnostics_text(checked.diagnostics);
    if (is_valid && show_defaults) {
      for (const config::PipelineSpec& spec : checked.specs) {
        if (checked.specs.size() > 1) text += "# " + spec.file + "\n";
        text += json_as_yaml(spec.display);
      }
    } else if (is_valid) {
      for (const config::PipelineSpec& spec : checked.specs)
        text += spec.file + ": pipeline '" + spec.name + "' is valid\n";
    }
  }
  if (!answer(text)) return kExitFailed;
  return is_valid ? kExitOk : kExitConfiguration;
}

int schema_command(const HostSettings& settings) {
  const Plugins plugins = load_plugins(settings);
  warn_about_plugins(plugins.scan);
  return answer(config::combined_schema(plugins.scan.catalogue)) ? kExitOk : kExitFailed;
}

}  // namespace millrace::cli
