#include "sdk/tool/elf_file.h"
#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

Check no_text_relocations() {
  return {.group = Group::kBinary,
          .says = "A plugin's code is not written to when it is loaded.",
          .rule = "writing-a-plugin.md, Checking a plugin",
          .remedy = "Compile everything in it with -fPIC, static libraries too.",
          .run = [](Trial& trial) {
            const ElfFile elf = read_elf(trial.options().file);
            if (!elf.text_writes.empty())
              fail("Its dynamic section has " + elf.text_writes.front() +
                   ": hardened systems refuse to load it, and every process has a copy of its code.");
          }};
}

}  // namespace millrace::sdk_tool
