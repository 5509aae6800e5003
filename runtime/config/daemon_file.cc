#include "runtime/config/daemon_file.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/config/json_schema.h"
#include "runtime/config/yaml_reader.h"

namespace millrace::config {

DaemonFileLoad load_daemon_file(const std::string& file, const Environment& environment) {
  YamlRead read = read_yaml_file(file, environment);
  if (!read.root) return {std::nullopt, std::move(read.diagnostics)};
  CheckOptions options;
  options.file = file;
  const Result<JsonSchema> schema = JsonSchema::parse(daemon_schema());
  Checked checked = schema.value().check(*read.root, options);
  if (has_errors(checked.diagnostics)) return {std::nullopt, std::move(checked.diagnostics)};

  const auto json = nlohmann::json::parse(checked.canonical);
  DaemonFile values;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  for (const auto& directory : json.at("plugins").at("directories"))
    values.plugin_directories.push_back((folder / directory.get<std::string>()).string());
  for (const auto& [name, sum] : json.at("plugins").at("pins").items())
    values.plugin_pins[name] = sum.get<std::string>();
  const auto state = json.at("state_directory").get<std::string>();
  values.state_directory = state.empty() ? "" : (folder / state).string();
  values.log_level = json.at("log").at("level").get<std::string>();
  values.log_format = json.at("log").at("format").get<std::string>();
  return {std::move(values), std::move(checked.diagnostics)};
}

}  // namespace millrace::config
