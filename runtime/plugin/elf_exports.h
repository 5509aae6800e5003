// Asks an ELF file whether it exports a symbol, without loading it: no constructor of a file that is no plugin ever
// runs.
//
// Reads the dynamic symbol table, which every shared object keeps; Boost.DLL 1.74's library_info reads the one that
// `strip` removes, and trusts the file's own sizes. Here every offset is checked, so a damaged file is an answer.
//
// Used by the loader. Thread-safe: one free function.
#pragma once

#include <filesystem>
#include <string_view>

namespace millrace::plugin {

enum class Exports {
  kYes,
  kNo,
  kUnreadable,
  kNotElf
};  // kNotElf: damaged, or not a shared object of this machine's kind

Exports exports_symbol(const std::filesystem::path& file, std::string_view symbol);

}  // namespace millrace::plugin
