// Chooses and prepares the state directory: what must survive a restart (dead letters, small facts of the pipelines).
//
// The first of these that is given or usable: --state, $STATE_DIRECTORY (systemd), /var/lib/millrace if this user can
// write there, $XDG_STATE_HOME/millrace, ~/.local/state/millrace. A directory that was named and cannot be used is an
// error, not a reason to take the next one.
//
// Used by `run`, `dev` and `dead-letters`.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "runtime/base/result.h"

namespace millrace::pipeline {

// Null for a variable that is not set.
using GetEnvironment = std::function<const char*(const char* name)>;

// Where the state would be; makes nothing.
Result<std::filesystem::path> choose_state_directory(const std::string& named, const GetEnvironment& get);
// The same, made if need be and proved writable. MR7001.
Result<std::filesystem::path> prepare_state_directory(const std::string& named, const GetEnvironment& get);

}  // namespace millrace::pipeline
