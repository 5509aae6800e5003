#include <algorithm>

#include "sdk/tool/elf_file.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

// Unique symbols are no-unique-symbols' business; names that linkers define themselves belong to nobody.
Check exports_only_entry() {
  return {
      .group = Group::kBinary,
      .says = "A plugin exports millrace_plugin_entry_v1 and nothing else.",
      .rule = "plugin.h, millrace_plugin_entry_v1",
      .remedy = "Compile with -fvisibility=hidden and link with the SDK's plugin.map; millrace_add_plugin does both.",
      .run = [](Trial& trial) {
        static constexpr std::string_view kLinkers[] = {"_init", "_fini", "_edata", "_end", "__bss_start", "_etext"};
        std::string others;
        std::size_t count = 0;
        bool has_entry = false;
        for (const ElfFile::Symbol& s : read_elf(trial.options().file).defined) {
          if (s.name == "millrace_plugin_entry_v1") {
            has_entry = true;
          } else if (!s.unique && std::find(std::begin(kLinkers), std::end(kLinkers), s.name) == std::end(kLinkers)) {
            if (++count <= 5) others += (others.empty() ? "" : ", ") + s.name;
          }
        }
        if (!has_entry) fail("It does not export millrace_plugin_entry_v1.");
        if (count > 0)
          fail("It also exports " + others + (count > 5 ? " and " + std::to_string(count - 5) + " more." : "."));
      }};
}

}  // namespace millrace::sdk_tool
