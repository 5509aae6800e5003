// A new plugin's folder, made from the templates that are installed with the host.
//
// Either the whole folder is written or nothing of it: names are checked and nothing is overwritten.
//
// Used by the command line. Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace millrace::sdk_tool {

struct Scaffold {
  std::string kind;                 // "filter"
  std::string name;                 // the component's type
  std::filesystem::path directory;  // empty: KIND_NAME in the current folder
  std::filesystem::path templates;  // a folder for each kind, and `common`
  std::filesystem::path prefix;     // where the host is installed, for the commands in the README
};

// Empty when a component may have this name, else what is wrong with it.
std::string problem_with_name(const std::string& name);

struct Scaffolded {
  std::filesystem::path directory;
  std::vector<std::string> files;  // relative to it, sorted
};
// INVALID_ARGUMENT: the name; ALREADY_EXISTS: a file is there; NOT_FOUND: no templates; UNAVAILABLE: it cannot be
// written.
Result<Scaffolded> scaffold(const Scaffold& what);

}  // namespace millrace::sdk_tool
