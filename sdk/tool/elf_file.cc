#include "sdk/tool/elf_file.h"

#include <elf.h>

#include <cstring>
#include <fstream>

#include "sdk/tool/check.h"

namespace millrace::sdk_tool {
namespace {

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) fail(file.string() + " cannot be read.");
    bytes_.resize(static_cast<std::size_t>(std::filesystem::file_size(file)));
    in.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    bytes_.resize(static_cast<std::size_t>(in.gcount()));
  }
  template <class T>
  T at(std::uint64_t offset) const {
    T out;
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof out) fail("The file ends before its tables do.");
    std::memcpy(&out, bytes_.data() + offset, sizeof out);
    return out;
  }
  std::string text(std::uint64_t offset) const {
    if (offset >= bytes_.size()) fail("The file ends before its names do.");
    const char* from = bytes_.data() + offset;
    return std::string(from, ::strnlen(from, bytes_.size() - offset));
  }

 private:
  std::string bytes_;
};

void split_run_path(const std::string& path, std::vector<std::string>& out) {
  std::size_t from = 0;
  for (;;) {
    const std::size_t colon = path.find(':', from);
    out.push_back(path.substr(from, colon == std::string::npos ? colon : colon - from));
    if (colon == std::string::npos) return;
    from = colon + 1;
  }
}

}  // namespace

ElfFile read_elf(const std::filesystem::path& file) {
  const Reader reader(file);
  const auto header = reader.at<Elf64_Ehdr>(0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_type != ET_DYN)
    fail(file.string() + " is not a 64-bit shared object.");
  ElfFile out;
  for (std::uint32_t i = 0; i < header.e_shnum; ++i) {
    const auto section = reader.at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_type != SHT_DYNSYM && section.sh_type != SHT_DYNAMIC) continue;
    const auto names = reader.at<Elf64_Shdr>(header.e_shoff + section.sh_link * sizeof(Elf64_Shdr));
    if (section.sh_type == SHT_DYNSYM) {
      for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= section.sh_size; at += sizeof(Elf64_Sym)) {
        const auto symbol = reader.at<Elf64_Sym>(section.sh_offset + at);
        const unsigned bind = ELF64_ST_BIND(symbol.st_info);
        if (symbol.st_shndx == SHN_UNDEF || bind == STB_LOCAL) continue;
        const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
        if (visibility == STV_HIDDEN || visibility == STV_INTERNAL) continue;
        out.defined.push_back({reader.text(names.sh_offset + symbol.st_name), bind == STB_GNU_UNIQUE});
      }
      continue;
    }
    for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= section.sh_size; at += sizeof(Elf64_Dyn)) {
      const auto entry = reader.at<Elf64_Dyn>(section.sh_offset + at);
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_NEEDED) out.needed.push_back(reader.text(names.sh_offset + entry.d_un.d_val));
      if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
        split_run_path(reader.text(names.sh_offset + entry.d_un.d_val), out.run_paths);
      if (entry.d_tag == DT_TEXTREL) out.text_writes.push_back("DT_TEXTREL");
      if (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0) out.text_writes.push_back("DF_TEXTREL");
    }
  }
  return out;
}

}  // namespace millrace::sdk_tool
