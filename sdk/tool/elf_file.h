// What the dynamic linker will read of a plugin, without loading it.
//
// Every offset is checked against the file's size: a damaged file is an error, not a crash.
//
// Used by the checks of the binary group. Thread-safe: a value and one free function.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace millrace::sdk_tool {

struct ElfFile {
  struct Symbol {
    std::string name;
    bool unique = false;  // STB_GNU_UNIQUE: one for the whole process, whatever RTLD_LOCAL says
  };
  std::vector<Symbol> defined;           // what others can bind to
  std::vector<std::string> needed;       // DT_NEEDED
  std::vector<std::string> run_paths;    // the parts of DT_RPATH and DT_RUNPATH
  std::vector<std::string> text_writes;  // why the code is written to when it is loaded; empty: it is not
};

// Throws Finding (fail) when the file cannot be read as a shared object.
ElfFile read_elf(const std::filesystem::path& file);

}  // namespace millrace::sdk_tool
