// What a person says to `millrace plugin check`, for the checker and for each check.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace millrace::sdk_tool {

struct CheckOptions {
  std::filesystem::path file;
  std::vector<std::string> only;                  // names of checks; empty: all
  std::filesystem::path config;                   // components' fields, YAML or JSON; empty: made from the schema
  std::string decoder;                            // a command that turns a body back into records
  std::uint64_t seed = 1;                         // of all that is random
  std::chrono::milliseconds timeout{30'000};      // of one check on one component
  bool in_process = false;                        // for a debugger: no process of its own, no timeout
  bool network = false;                           // the plugin may reach what this machine reaches
  std::vector<std::filesystem::path> neighbours;  // plugins that the host loads beside it
};

}  // namespace millrace::sdk_tool
