// Reads /proc; the contract stands in usage.h.
#include "tests/bench/usage.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include "tests/e2e/kafka/process.h"

namespace millrace::bench {
namespace {

double field_of(const std::string& status, const std::string& name) {
  const std::size_t at = status.find(name);
  return at == std::string::npos ? 0 : std::strtod(status.c_str() + at + name.size(), nullptr);
}

}  // namespace

Usage usage_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  Usage usage;
  const std::string stat = e2e::read_file(folder + "/stat");
  if (const std::size_t name_end = stat.rfind(')'); name_end != std::string::npos) {
    std::istringstream fields(stat.substr(name_end + 2));
    std::string skipped;
    double user = 0, system = 0;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    fields >> user >> system;
    usage.cpu_seconds = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  const std::string status = e2e::read_file(folder + "/status");
  usage.memory_mb = field_of(status, "VmRSS:") / 1024;
  usage.peak_mb = field_of(status, "VmHWM:") / 1024;
  usage.threads = static_cast<int>(field_of(status, "Threads:"));
  std::error_code gone;
  for (std::filesystem::directory_iterator at(folder + "/fd", gone), end; !gone && at != end; at.increment(gone))
    ++usage.descriptors;
  return usage;
}

}  // namespace millrace::bench
