#include "runtime/pipeline/shell/state_directory.h"

#include <unistd.h>

#include <system_error>

namespace millrace::pipeline {
namespace {

Status unusable(const std::filesystem::path& directory, const std::string& why) {
  return Status(Code::kFailedPrecondition, "MR7001",
                "the state directory " + directory.string() + " cannot be used: " + why,
                "Name another one with --state, or give this user the right to write in it.");
}

}  // namespace

Result<std::filesystem::path> choose_state_directory(const std::string& named, const GetEnvironment& get) {
  if (!named.empty()) return std::filesystem::path(named);
  const auto variable = [&](const char* name) { return get(name) == nullptr ? std::string() : std::string(get(name)); };
  // systemd gives several, separated by colons; the first is the service's own.
  if (const std::string systemd = variable("STATE_DIRECTORY"); !systemd.empty())
    return std::filesystem::path(systemd.substr(0, systemd.find(':')));
  const std::filesystem::path system = "/var/lib/millrace";
  if (access(system.c_str(), W_OK | X_OK) == 0) return system;
  if (const std::string xdg = variable("XDG_STATE_HOME"); !xdg.empty()) return std::filesystem::path(xdg) / "millrace";
  if (const std::string home = variable("HOME"); !home.empty())
    return std::filesystem::path(home) / ".local" / "state" / "millrace";
  return Status(Code::kFailedPrecondition, "MR7001",
                "there is no state directory: neither $STATE_DIRECTORY, $XDG_STATE_HOME nor $HOME is set",
                "Name one with --state.");
}

Result<std::filesystem::path> prepare_state_directory(const std::string& named, const GetEnvironment& get) {
  auto chosen = choose_state_directory(named, get);
  if (!chosen.ok()) return chosen;
  std::error_code error;
  if (std::filesystem::exists(*chosen, error) && !std::filesystem::is_directory(*chosen, error))
    return unusable(*chosen, "it is not a directory");
  std::filesystem::create_directories(*chosen, error);
  if (error) return unusable(*chosen, error.message());
  if (access(chosen->c_str(), W_OK | X_OK) != 0) return unusable(*chosen, "this user may not write in it");
  return std::filesystem::absolute(*chosen);
}

}  // namespace millrace::pipeline
