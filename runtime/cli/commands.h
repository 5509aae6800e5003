// The commands that cli.cc calls, each in a file of its own, and the set-up they share.
//
// Confined to the main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/cli/cli.h"
#include "runtime/config/pipeline_spec.h"
#include "runtime/plugin/catalogue.h"
#include "runtime/plugin/loader.h"

namespace millrace::cli {

// What --config and --plugins and --state say, before the daemon's file and the environment are asked.
struct GlobalOptions {
  std::string config;                // "": $MILLRACE_CONFIG, /etc/millrace/millrace.yaml when it exists, defaults
  std::vector<std::string> plugins;  // empty: the daemon's file, else ../lib/millrace/plugins of the binary
  std::string state;
};

// Reads the daemon's file and the environment. Says what is wrong on standard error and gives nothing then: exit 78.
std::optional<HostSettings> settle(const GlobalOptions& global);

// The loader and what it found. The loader comes first: catalogues may outlive it, its open files are remembered in it.
struct Plugins {
  std::unique_ptr<plugin::Loader> loader;
  plugin::Scan scan;
};
Plugins load_plugins(const HostSettings& settings);
// Each problem of a scan as a warning on standard error: a bad file matters only to a pipeline that needs it.
void warn_about_plugins(const plugin::Scan& scan);

// Everything that can be known before a start: files, schemas, secrets, and what each component says of its config (it
// is created, which does no I/O, and destroyed). `specs` are the enabled and disabled pipelines without an error.
struct Checked {
  std::vector<config::PipelineSpec> specs;
  Diagnostics diagnostics;
};
Checked check_pipelines(const std::vector<std::string>& files, const plugin::Catalogue& catalogue);

int validate_command(const HostSettings& settings, const std::vector<std::string>& files, bool show_defaults,
                     Output output);
int schema_command(const HostSettings& settings);
int explain_command(const HostSettings& settings, const std::string& id, Output output);
int plugins_list_command(const HostSettings& settings, Output output);
int plugins_describe_command(const HostSettings& settings, const std::string& name, Output output);
int dead_letters_list_command(const HostSettings& settings, const std::string& pipeline, Output output);
int dead_letters_show_command(const HostSettings& settings, const std::string& pipeline, const std::string& position,
                              Output output);
// `millrace plugin`: the plugin author's side.
struct PluginCheckOptions {
  HostSettings host;
  std::string file, config, decoder;
  std::vector<std::string> only;
  std::uint64_t seed = 1;
  double timeout_seconds = 30;
  bool list = false, in_process = false, network = false;
  Output output = Output::kTable;
};
int plugin_check_command(const PluginCheckOptions& options);
int plugin_new_command(const HostSettings& settings, const std::string& kind, const std::string& name,
                       const std::string& directory);

struct FilterEvalOptions {
  std::string pattern, event;  // as typed: text, `-` for standard input, `@FILE`
  bool batch = false;          // both come as JSON lines on standard input
  Output output = Output::kTable;
};
int filter_eval_command(const FilterEvalOptions& options);
int version_command(Output output);
// Writes a generated page of the documentation: "pipeline", "errors".
int docs_command(const HostSettings& settings, const std::string& page);

}  // namespace millrace::cli
