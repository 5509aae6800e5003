#include <map>

#include "sdk/tool/elf_file.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {
namespace {

// Libraries of which a process can have one only: they register things in a place that all copies share.
bool is_alone_in_a_process(const std::string& stem) {
  for (const char* one : {"libprotobuf", "libprotobuf-lite", "libprotoc", "libgrpc", "libgrpc++", "libgpr"})
    if (stem == one) return true;
  return false;
}

}  // namespace

Check no_forbidden_needed() {
  return {.group = Group::kBinary,
          .says = "A plugin brings no second version of protobuf or gRPC into the process.",
          .rule = "writing-a-plugin.md, Libraries",
          .remedy = "Link the system's shared libraries, in the version that the host's own plugins use.",
          .run = [](Trial& trial) {
            std::map<std::string, std::pair<std::string, std::string>> of_host;  // stem -> name, whose
            std::vector<std::filesystem::path> files = trial.options().neighbours;
            files.push_back("/proc/self/exe");
            for (const auto& file : files) {
              if (std::filesystem::equivalent(file, trial.options().file)) continue;
              for (const std::string& name : read_elf(file).needed)
                of_host.try_emplace(name.substr(0, name.find(".so")), name, file.filename().string());
            }
            for (const std::string& name : read_elf(trial.options().file).needed) {
              const std::string stem = name.substr(0, name.find(".so"));
              const auto found = of_host.find(stem);
              if (is_alone_in_a_process(stem) && found != of_host.end() && found->second.first != name)
                fail("It needs " + name + ", and the host loads " + found->second.first + " for " +
                     found->second.second + ": with both of them the process ends.");
            }
          }};
}

}  // namespace millrace::sdk_tool
