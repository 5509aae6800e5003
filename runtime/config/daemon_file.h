// DaemonFile: the host's own configuration file, read and checked.
//
// Strict like a pipeline file: unknown keys and fields of later versions are refused by name.
//
// Read once at the start of a command. Thread-compatible plain values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/config/environment.h"

namespace millrace::config {

struct DaemonFile {
  std::vector<std::string> plugin_directories;     // absolute, or relative to the working directory; empty: the default
  std::map<std::string, std::string> plugin_pins;  // file name -> "sha256:HEX"
  std::string state_directory;                     // "": chosen by the host
  std::string log_level = "info";
  std::string log_format = "auto";
};

struct DaemonFileLoad {
  std::optional<DaemonFile> values;  // there exactly when `diagnostics` has no error
  Diagnostics diagnostics;
};

DaemonFileLoad load_daemon_file(const std::string& file, const Environment& environment);
std::string_view daemon_schema();

}  // namespace millrace::config
