#include "sdk/tool/elf_file.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check no_unique_symbols() {
  return {
      .group = Group::kBinary,
      .says = "No symbol of a plugin is merged with another plugin's by the dynamic linker.",
      .rule = "writing-a-plugin.md, Libraries; ELF's STB_GNU_UNIQUE ignores RTLD_LOCAL",
      .remedy = "Compile with -fno-gnu-unique (GCC) and link with the SDK's plugin.map; millrace_add_plugin does both.",
      .run = [](Trial& trial) {
        for (const ElfFile::Symbol& s : read_elf(trial.options().file).defined)
          if (s.unique) fail("It exports the unique symbol " + s.name + ": two plugins would share it.");
      }};
}

}  // namespace millrace::sdk_tool
