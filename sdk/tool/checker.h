// Runs checks, each in a process of its own, and collects how they ended.
//
// A crash, an exit, a hang or an exception of the plugin is a result and not the end: the parent never loads the
// plugin. The child works in an empty folder that is removed, with its output kept apart, and without a network but the
// loopback unless told otherwise, so that a check reaches nobody.
//
// Used by the command line. Confined to the main thread, which must be the only one: the children are forks.
#pragma once

#include <string>
#include <vector>

#include "sdk/tool/check.h"
#include "sdk/tool/options.h"

namespace millrace::sdk_tool {

struct CheckResult {
  NamedCheck check;
  std::string component;  // "filter sample"; "" for the file as a whole
  Outcome outcome = Outcome::kPass;
  std::string seen;    // what was seen, or why it was skipped
  std::string output;  // the last lines that the plugin wrote meanwhile, where that explains something
  long milliseconds = 0;
};

struct CheckReport {
  CheckOptions options;
  std::string plugin;  // "org.example.sample 1.0.0"; "" when it could not be asked
  std::vector<CheckResult> results;
  bool isolated = true;  // false: the plugin could reach the network
  std::size_t count(Outcome outcome) const;
  bool good() const { return count(Outcome::kFail) + count(Outcome::kCrash) == 0; }
};

CheckReport run_checks(CheckOptions options);

}  // namespace millrace::sdk_tool
