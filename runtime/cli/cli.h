// The command line: one function per subcommand, and what all of them share.
//
// Answers go to standard output, talk and logs to standard error. A command returns its exit code and never calls
// exit(); only the second signal of a session ends the process elsewhere. Each command has a file of its own; cli.cc
// parses the words and is the only one that sees CLI11.
//
// Confined to the main thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "runtime/observe/log.h"

namespace millrace::cli {

// Exit codes that scripts may rely on.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;          // it failed, or a problem was found
inline constexpr int kExitUsage = 2;           // the words of the command line are wrong
inline constexpr int kExitUnavailable = 69;    // something that is needed is not there
inline constexpr int kExitConfiguration = 78;  // a file, a schema, a plugin or a secret; nothing was started

enum class Output { kTable, kText, kJson, kYaml };

// What --config, --plugins, --state and the environment add up to.
struct HostSettings {
  std::vector<std::filesystem::path> plugin_directories;  // never empty
  std::map<std::string, std::string> plugin_pins;         // file name -> "sha256:HEX"
  std::string state_directory;  // as named by --state or the daemon's file; "": choose_state_directory() chooses
  observe::LogOptions log;
  bool log_as_text = true;  // what `log.format: auto` came to: text on a terminal, JSON in a pipe
};

struct RunOptions {
  HostSettings host;
  std::vector<std::string> files;  // at least one
};
int run_command(const RunOptions& options);  // run.cc

struct DevOptions {
  HostSettings host;
  std::string pipeline;  // --pipeline FILE, "" for the built-in one
  std::string endpoint;  // --endpoint URL, "" for the embedded function
  bool once = false;     // --once: ends by itself with a summary
};
int dev_command(const DevOptions& options);  // dev.cc

// The whole program, from the words of the command line to the exit code.
int run_program(int argc, const char* const* argv);

}  // namespace millrace::cli
