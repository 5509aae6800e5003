#include "runtime/plugin/elf_exports.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace millrace::plugin {
namespace {

class Mapping {
 public:
  explicit Mapping(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat info {};
    if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
      opened_ = true;
      size_ = static_cast<std::size_t>(info.st_size);
      void* at = size_ == 0 ? MAP_FAILED : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (at == MAP_FAILED)
        size_ = 0;
      else
        data_ = static_cast<const char*>(at);
    }
    ::close(fd);
  }
  ~Mapping() {
    if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  bool opened() const { return opened_; }
  bool holds(std::uint64_t offset, std::uint64_t size) const { return offset <= size_ && size_ - offset >= size; }
  // Copies a T out, so nothing need be aligned; false where the file does not reach.
  template <class T>
  bool get(std::uint64_t offset, T& out) const {
    if (offset > size_ || size_ - offset < sizeof(T)) return false;
    std::memcpy(&out, data_ + offset, sizeof(T));
    return true;
  }
  bool equals(std::uint64_t offset, std::string_view text) const {  // and is terminated
    return offset <= size_ && size_ - offset > text.size() &&
           std::memcmp(data_ + offset, text.data(), text.size()) == 0 && data_[offset + text.size()] == '\0';
  }

 private:
  bool opened_ = false;
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "add this machine's EM_ number"
#endif

bool is_shared_object(const Elf64_Ehdr& h) {
  return std::memcmp(h.e_ident, ELFMAG, SELFMAG) == 0 && h.e_ident[EI_CLASS] == ELFCLASS64 &&
         h.e_ident[EI_DATA] == ELFDATA2LSB && h.e_type == ET_DYN && h.e_machine == kMachine &&
         h.e_shentsize == sizeof(Elf64_Shdr) && h.e_phentsize == sizeof(Elf64_Phdr);
}

bool add_overflows(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b;
}

// All that the file's tables promise is there. The dynamic linker maps what they say without looking at the file's
// size, and a half-copied plugin would end the process with SIGBUS.
bool is_complete(const Mapping& map, const Elf64_Ehdr& header) {
  if (!map.holds(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr))) return false;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (add_overflows(header.e_phoff, i * sizeof segment) || !map.get(header.e_phoff + i * sizeof segment, segment))
      return false;
    if (segment.p_type == PT_LOAD && !map.holds(segment.p_offset, segment.p_filesz)) return false;
  }
  return true;
}

}  // namespace

Exports exports_symbol(const std::filesystem::path& file, std::string_view symbol) {
  const Mapping map(file);
  if (!map.opened()) return Exports::kUnreadable;
  Elf64_Ehdr header;
  if (!map.get(0, header) || !is_shared_object(header)) return Exports::kNotElf;
  if (!is_complete(map, header)) return Exports::kNotElf;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section, names;
    if (add_overflows(header.e_shoff, i * sizeof section) || !map.get(header.e_shoff + i * sizeof section, section))
      return Exports::kNotElf;
    if (section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_link >= header.e_shnum || !map.get(header.e_shoff + section.sh_link * sizeof names, names))
      return Exports::kNotElf;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= section.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym entry;
      if (add_overflows(section.sh_offset, at) || !map.get(section.sh_offset + at, entry)) return Exports::kNotElf;
      if (entry.st_shndx == SHN_UNDEF || ELF64_ST_BIND(entry.st_info) == STB_LOCAL) continue;
      if (add_overflows(names.sh_offset, entry.st_name)) return Exports::kNotElf;
      if (map.equals(names.sh_offset + entry.st_name, symbol)) return Exports::kYes;
    }
    return Exports::kNo;
  }
  return Exports::kNo;
}

}  // namespace millrace::plugin
