#include "runtime/plugin/loader.h"

#define BOOST_DLL_USE_STD_FS  // no Boost library to link
#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <exception>
#include <optional>
#include <system_error>

#include "runtime/plugin/descriptor.h"
#include "runtime/plugin/elf_exports.h"

namespace millrace::plugin {
namespace {

namespace fs = std::filesystem;
constexpr const char* kEntry = "millrace_plugin_entry_v1";

Status writable_by_all(const char* what) {
  return Status(Code::kFailedPrecondition, "MR2003",
                std::string("anyone may write to this ") + what + ", so anyone could run code as this user.",
                "Remove the right: chmod o-w.");
}

std::optional<std::string> sha256(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::vector<char> buffer(1u << 16);
  ssize_t n = 0;
  while ((n = ::read(fd, buffer.data(), buffer.size())) > 0)
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(n));
  ::close(fd);
  if (n < 0) return std::nullopt;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), digest, &size);
  std::string hex = "sha256:";
  for (unsigned int i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

Diagnostic diagnostic(const std::string& file, const Status& status) {
  Diagnostic problem;
  problem.id = status.id();
  problem.file = file;
  problem.message = status.message();
  problem.hint = status.hint();
  return problem;
}

// The dynamic linker's own words out of what Boost.DLL wraps around them, without the file's path, which is said
// already.
std::string linker_words(std::string_view text, const std::string& file) {
  constexpr std::string_view kBefore = "(dlerror system message: ", kAfter = "): ";
  const std::size_t from = text.find(kBefore), to = text.rfind(kAfter);
  if (from != std::string_view::npos && to != std::string_view::npos && from < to)
    text = text.substr(from + kBefore.size(), to - from - kBefore.size());
  if (text.starts_with(file + ": ")) text.remove_prefix(file.size() + 2);
  return std::string(text);
}

}  // namespace

struct Loader::Opened {
  boost::dll::shared_library library;
  const mr_plugin* descriptor = nullptr;
};

Loader::Loader(observe::Logger log) : log_(std::move(log)) {}
Loader::~Loader() = default;

Scan Loader::scan(const ScanOptions& options) {
  Scan scan;
  std::map<FileId, std::string> seen;
  for (const fs::path& directory : options.directories) scan_directory(fs::absolute(directory), options, seen, scan);
  for (const auto& [name, pin] : options.pins) {
    const auto named = [&](const auto& entry) { return fs::path(entry.second).filename() == name; };
    if (std::any_of(seen.begin(), seen.end(), named)) continue;
    scan.problems.push_back(diagnostic(
        name, Status(Code::kNotFound, "MR2004", "has a pinned checksum, but is in none of the plugin directories.",
                     "Install it, or remove its pin.")));
  }
  return scan;
}

void Loader::scan_directory(const fs::path& directory, const ScanOptions& options, std::map<FileId, std::string>& seen,
                            Scan& scan) {
  struct stat info {};
  const bool found = ::stat(directory.c_str(), &info) == 0;
  if (!found || !S_ISDIR(info.st_mode)) {
    const std::string why = found ? "it is not a directory" : std::generic_category().message(errno);
    scan.problems.push_back(diagnostic(
        directory.string(), Status(Code::kNotFound, "MR2002", "the plugin directory cannot be read: " + why + ".",
                                   "Correct plugins.directories, or create the directory.")));
    return;
  }
  if ((info.st_mode & S_IWOTH) != 0) {
    scan.problems.push_back(diagnostic(directory.string(), writable_by_all("plugin directory")));
    return;
  }
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".so") files.push_back(it->path());
  if (error)
    scan.problems.push_back(diagnostic(
        directory.string(),
        Status(Code::kPermissionDenied, "MR2002", "the plugin directory cannot be read: " + error.message() + ".",
               "Give this user the right to read it.")));
  std::sort(files.begin(), files.end());  // so that every run reports the same, whatever the file system's order

  for (const fs::path& file : files) {
    if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const FileId id{info.st_dev, info.st_ino};
    if (const auto [other, first] = seen.try_emplace(id, file.string()); !first) {
      log_.debug("a plugin file was found again under another name",
                 {{"file", file.string()}, {"first", other->second}});
      continue;
    }
    Status status = (info.st_mode & S_IWOTH) != 0 ? writable_by_all("file") : scan_file(file, options, id, scan);
    if (status.ok()) continue;
    Diagnostic problem = diagnostic(file.string(), status);
    scan.catalogue.reject(file.string(), problem);
    scan.problems.push_back(std::move(problem));
  }
}

Status Loader::scan_file(const fs::path& file, const ScanOptions& options, const FileId& id, Scan& scan) {
  if (const auto pin = options.pins.find(file.filename().string()); pin != options.pins.end()) {
    const std::optional<std::string> actual = sha256(file);
    if (!actual || *actual != pin->second)
      return Status(Code::kFailedPrecondition, "MR2004",
                    "does not match its pinned checksum: " + pin->second + " is pinned, the file has " +
                        actual.value_or("none (unreadable)") + ".",
                    "Find out who changed the file; if the change was wanted, update the pin.");
  }
  switch (exports_symbol(file, kEntry)) {
    case Exports::kYes:
      break;
    case Exports::kNo:
      log_.debug("a shared object that is no plugin was skipped", {{"file", file.string()}});
      return {};
    case Exports::kUnreadable:
      return Status(Code::kPermissionDenied, "MR2001",
                    "cannot be read: " + std::generic_category().message(errno) + ".",
                    "Give this user the right to read it.");
    case Exports::kNotElf:
      return Status(Code::kFailedPrecondition, "MR2001", "is not a shared object for this machine, or is damaged.",
                    "Copy or build the file again.");
  }
  const Result<const mr_plugin*> descriptor = open(file, id);
  if (!descriptor.ok()) return descriptor.status();
  Result<std::unique_ptr<Plugin>> plugin = read_descriptor(*descriptor, file.string(), log_);
  if (!plugin.ok()) return plugin.status();
  log_.debug("a plugin was loaded",
             {{"file", file.string()}, {"plugin", (*plugin)->name}, {"version", (*plugin)->version}});
  for (Diagnostic& problem : scan.catalogue.add(std::move(plugin).value())) scan.problems.push_back(std::move(problem));
  return {};
}

Result<const mr_plugin*> Loader::open(const fs::path& file, const FileId& id) {
  if (const auto found = opened_.find(id); found != opened_.end()) return found->second->descriptor;
  auto opened = std::make_unique<Opened>();
  try {
    // The throwing form: the other one reports every failure as "Bad file descriptor".
    opened->library.load(file, static_cast<boost::dll::load_mode::type>(RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
    opened->descriptor = opened->library.get<const mr_plugin*()>(kEntry)();
  } catch (const std::exception& e) {
    return Status(Code::kFailedPrecondition, "MR2001",
                  "cannot be loaded: " + linker_words(e.what(), file.string()) + ".",
                  "Install the library it names, or rebuild the plugin on this system.");
  }
  return opened_.emplace(id, std::move(opened)).first->second->descriptor;
}

}  // namespace millrace::plugin
