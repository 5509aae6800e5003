#include "runtime/plugin/state_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace millrace::plugin {
namespace {

namespace fs = std::filesystem;

// A name that is one path component, never hidden, and the same for the same text only. File systems take 255 bytes,
// the temporary file's name is a few longer than this: of a longer name the end becomes a hash.
std::string file_name(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '-' || (c == '.' && !out.empty());
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  constexpr std::size_t kLongest = 240;
  if (out.size() <= kLongest) return out;
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : out) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  out.resize(kLongest - 18);
  out += "%-";  // never the start of a coded byte, so no short name looks like this
  for (int shift = 60; shift >= 0; shift -= 4) out += kHex[hash >> shift & 15];
  return out;
}

Status failed(const char* id, const char* verb, const fs::path& path, int error) {
  return Status(error == EACCES || error == EPERM || error == EROFS ? Code::kPermissionDenied : Code::kUnavailable, id,
                std::string("the state file ") + path.string() + " cannot be " + verb + ": " +
                    std::generic_category().message(error) + ".",
                "Check the state directory (--state): its space, and this user's right to write in it.");
}

class File {
 public:
  File(const fs::path& path, int flags, mode_t mode = 0) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool ok() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  bool close() {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_directory(const fs::path& directory) {
  const File file(directory, O_RDONLY | O_DIRECTORY);
  return file.ok() && ::fsync(file.fd()) == 0;
}

// Makes a folder and those above it; each new name is on disk before the function returns.
bool make_directories(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return true;
    if (errno != ENOENT || !directory.has_parent_path() || directory.parent_path() == directory) return false;
    if (!make_directories(directory.parent_path())) return false;
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return false;
  }
  return sync_directory(directory.has_parent_path() ? directory.parent_path() : ".");
}

}  // namespace

Result<std::optional<std::string>> FileStateStore::get(std::string_view pipeline, std::string_view key) {
  const fs::path path = root_ / file_name(pipeline) / file_name(key);
  const File file(path, O_RDONLY);
  if (!file.ok()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return failed("MR7051", "read", path, errno);
  }
  std::string value(kMaximumValue + 1, '\0');
  std::size_t size = 0;
  while (size < value.size()) {
    const ssize_t n = ::read(file.fd(), value.data() + size, value.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("MR7051", "read", path, errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > kMaximumValue) return failed("MR7051", "read", path, EFBIG);
  value.resize(size);
  return std::optional<std::string>(std::move(value));
}

Status FileStateStore::put(std::string_view pipeline, std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > kMaximumKey || value.size() > kMaximumValue)
    return Status(Code::kInvalidArgument, "MR7052",
                  "a fact of " + std::to_string(value.size()) + " bytes under a key of " + std::to_string(key.size()) +
                      " cannot be kept: at most 65536 and 1024.",
                  "");
  const fs::path folder = root_ / file_name(pipeline);
  const std::string name = file_name(key);
  const fs::path path = folder / name;
  const fs::path temporary = folder / ("." + name + ".new");  // file_name() never begins with a dot
  const std::lock_guard lock(mutex_);
  if (!make_directories(folder)) return failed("MR7052", "written", path, errno);
  {
    File file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (!file.ok() || !write_all(file.fd(), value) || ::fsync(file.fd()) != 0 || !file.close())
      return failed("MR7052", "written", path, errno);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0 || !sync_directory(folder))
    return failed("MR7052", "written", path, errno);
  return {};
}

}  // namespace millrace::plugin
