#include <algorithm>
#include <filesystem>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/config/did_you_mean.h"
#include "sdk/tool/report.h"
#include "sdk/tool/scaffold.h"

namespace millrace::cli {
namespace {

namespace fs = std::filesystem;

// Nothing is loaded by the host itself, so the directories are listed, not scanned.
std::vector<fs::path> plugin_files(const HostSettings& settings) {
  std::vector<fs::path> out;
  for (const fs::path& directory : settings.plugin_directories) {
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
      if (it->path().extension() == ".so") out.push_back(it->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool names_a_check(const std::string& name) {
  std::vector<std::string> names;
  for (const sdk_tool::NamedCheck& check : sdk_tool::all_checks()) {
    if (check.name == name) return true;
    names.push_back(check.name);
  }
  const std::string meant = config::nearest(name, names);
  say("millrace: there is no check '" + name + "'" + (meant.empty() ? "" : ", did you mean '" + meant + "'?") +
      "\n  `millrace plugin check --list` shows what there is.");
  return false;
}

// The folder that bin/ is in, of an installed or a built binary.
fs::path installation() {
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path("/usr/local") : binary.parent_path().parent_path();
}

}  // namespace

int plugin_new_command(const HostSettings& settings, const std::string& kind, const std::string& name,
                       const std::string& directory) {
  const Plugins plugins = load_plugins(settings);
  for (const plugin::Component* c : plugins.scan.catalogue.components())
    if (c->type == name && plugin::kind_name(c->kind) == kind) {
      say("millrace: there is a " + c->label() + " already, in " + c->plugin->file +
          ".\n  A type is unique within its kind over all plugins: choose another name.");
      return kExitFailed;
    }
  const auto made = sdk_tool::scaffold({.kind = kind,
                                        .name = name,
                                        .directory = directory,
                                        .templates = installation() / "share/millrace/template",
                                        .prefix = installation()});
  if (!made.ok()) {
    say("millrace: " + made.status().to_string());
    return made.status().code() == Code::kInvalidArgument ? kExitUsage : kExitFailed;
  }
  const std::string folder = made.value().directory.string();
  std::string text = folder + ":";
  for (const std::string& file : made.value().files) text += " " + file;
  text += "\n\nNext:\n  cd " + folder + "\n  cmake -S . -B build -DCMAKE_PREFIX_PATH=" + installation().string() +
          "\n  cmake --build build && ctest --test-dir build\n  millrace plugin check build/" + kind + "_" + name +
          ".so\n";
  return answer(text) ? kExitOk : kExitFailed;
}

int plugin_check_command(const PluginCheckOptions& options) {
  const bool json = options.output == Output::kJson;
  if (options.list) return answer(json ? sdk_tool::checks_json() : sdk_tool::checks_text()) ? kExitOk : kExitFailed;
  if (options.file.empty()) {
    say("millrace: FILE is required\n  `millrace plugin check --help` shows what it takes.");
    return kExitUsage;
  }
  for (const std::string& name : options.only)
    if (!names_a_check(name)) return kExitUsage;
  for (const std::string& file : {options.file, options.config}) {
    std::error_code error;
    if (!file.empty() && !fs::is_regular_file(file, error)) {
      say("millrace: " + file + ": there is no such file.");
      return kExitFailed;
    }
  }
  sdk_tool::CheckOptions check;
  check.file = options.file;
  check.only = options.only;
  check.config = options.config;
  check.decoder = options.decoder;
  check.seed = options.seed;
  check.timeout = std::chrono::milliseconds(static_cast<long>(options.timeout_seconds * 1'000));
  check.in_process = options.in_process;
  check.network = options.network;
  check.neighbours = plugin_files(options.host);
  const sdk_tool::CheckReport report = sdk_tool::run_checks(std::move(check));
  if (!answer(json ? sdk_tool::report_json(report) : sdk_tool::report_text(report))) return kExitFailed;
  return report.good() ? kExitOk : kExitFailed;
}

}  // namespace millrace::cli
