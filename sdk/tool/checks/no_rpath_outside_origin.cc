#include <algorithm>

#include "sdk/tool/elf_file.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check no_rpath_outside_origin() {
  return {
      .group = Group::kBinary,
      .says = "A plugin looks for libraries beside itself or where the system has them, not in a fixed folder.",
      .rule = "writing-a-plugin.md, Checking a plugin",
      .remedy =
          "Check the installed file (`cmake --install`), not the one in the build folder, or set "
          "BUILD_WITH_INSTALL_RPATH.",
      .run = [](Trial& trial) {
        const std::vector<std::string> paths = read_elf(trial.options().file).run_paths;
        // CMake leaves room for the installed path; the dynamic linker reads it as the current folder.
        if (!paths.empty() && std::all_of(paths.begin(), paths.end(), [](const auto& path) { return path.empty(); }))
          skip(
              "Its run path is a build folder's placeholder, colons only. Check the installed file (cmake --install).");
        for (const std::string& path : paths)
          if (!path.starts_with("$ORIGIN") && !path.starts_with("${ORIGIN}"))
            fail("Its run path has '" + path + "': whoever can write there decides what the host loads.");
      }};
}

}  // namespace millrace::sdk_tool
