#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/config/daemon_file.h"

namespace millrace::cli {
namespace {

constexpr const char* kSystemFile = "/etc/millrace/millrace.yaml";

// The same layout in the build tree as after an install: BIN/../lib/millrace/plugins.
std::filesystem::path default_plugin_directory() {
  std::error_code error;
  const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path folder = error ? std::filesystem::path("/usr/bin") : binary.parent_path();
  return (folder / ".." / "lib" / "millrace" / "plugins").lexically_normal();
}

std::string daemon_file_name(const std::string& named) {
  if (!named.empty()) return named;
  if (const char* variable = std::getenv("MILLRACE_CONFIG"); variable != nullptr && *variable != '\0') return variable;
  std::error_code error;
  return std::filesystem::exists(kSystemFile, error) ? kSystemFile : "";
}

}  // namespace

std::optional<HostSettings> settle(const GlobalOptions& global) {
  config::DaemonFile file;
  if (const std::string name = daemon_file_name(global.config); !name.empty()) {
    config::DaemonFileLoad load = config::load_daemon_file(name, config::process_environment());
    if (!load.diagnostics.empty())
      say(diagnostics_text(load.diagnostics).substr(0, diagnostics_text(load.diagnostics).size() - 1));
    if (!load.values) return std::nullopt;
    file = std::move(*load.values);
  }

  HostSettings settings;
  for (const std::string& directory : global.plugins.empty() ? file.plugin_directories : global.plugins)
    settings.plugin_directories.emplace_back(directory);
  if (settings.plugin_directories.empty()) settings.plugin_directories.push_back(default_plugin_directory());
  settings.plugin_pins = file.plugin_pins;
  settings.state_directory = global.state.empty() ? file.state_directory : global.state;

  const bool is_text = file.log_format == "text" || (file.log_format == "auto" && isatty(STDERR_FILENO) == 1);
  observe::LogOptions defaults;
  defaults.level = observe::level_from(file.log_level).value_or(observe::Level::kInfo);
  defaults.format = is_text ? observe::LogFormat::kText : observe::LogFormat::kJson;
  auto log = observe::log_options_from_environment(defaults, [](const char* name) { return std::getenv(name); });
  if (!log.ok()) {
    say(log.status().to_string());
    return std::nullopt;
  }
  settings.log = std::move(log).value();
  settings.log_as_text = settings.log.format == observe::LogFormat::kText;
  return settings;
}

Plugins load_plugins(const HostSettings& settings) {
  Plugins plugins;
  plugins.loader = std::make_unique<plugin::Loader>(observe::make_logger(settings.log).named("plugins"));
  plugins.scan = plugins.loader->scan({.directories = settings.plugin_directories, .pins = settings.plugin_pins});
  return plugins;
}

void warn_about_plugins(const plugin::Scan& scan) {
  for (Diagnostic problem : scan.problems) {
    problem.severity = Severity::kWarning;
    say(problem.to_string());
  }
}

}  // namespace millrace::cli
