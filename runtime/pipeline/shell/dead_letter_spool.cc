#include "runtime/pipeline/shell/dead_letter_spool.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <system_error>

namespace millrace::pipeline {
namespace {

using Json = nlohmann::ordered_json;

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Json bytes_or_null(const std::optional<std::string>& bytes) {
  return bytes ? Json(base64(*bytes)) : Json(nullptr);
}

std::string rfc3339(std::int64_t unix_ms) {
  const std::int64_t floor_s = unix_ms >= 0 ? unix_ms / 1000 : -((-unix_ms + 999) / 1000);
  const auto seconds = static_cast<std::time_t>(floor_s);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + n, sizeof text - n, ".%03dZ", static_cast<int>(unix_ms - floor_s * 1000));
  return text;
}

const char* time_type_name(std::uint32_t type) {
  switch (type) {
    case MR_TIME_CREATE:
      return "CREATE_TIME";
    case MR_TIME_LOG_APPEND:
      return "LOG_APPEND_TIME";
    default:
      return "NO_TIMESTAMP_TYPE";
  }
}

Status disk_error(std::string_view id, const std::filesystem::path& file, std::string_view doing, int error) {
  return Status(
      Code::kUnavailable, id,
      "cannot " + std::string(doing) + " the dead-letter spool " + file.string() + ": " +
          std::error_code(error, std::generic_category()).message(),
      "Give this user the right to write there, or free space; delivery of the affected streams waits until then.");
}

// Holds the file's flock for a scope.
class FileLock {
 public:
  explicit FileLock(int fd) : fd_(fd) {
    while (flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FileLock() { flock(fd_, LOCK_UN); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

// The size after the last newline's byte: what stands behind it was torn by a crash.
off_t size_of_whole_lines(int fd, off_t size) {
  char chunk[4096];
  off_t end = size;
  while (end > 0) {
    const off_t start = std::max<off_t>(0, end - static_cast<off_t>(sizeof chunk));
    const ssize_t n = pread(fd, chunk, static_cast<std::size_t>(end - start), start);
    if (n <= 0) return size;
    for (ssize_t i = n; i > 0; --i)
      if (chunk[i - 1] == '\n') return start + i;
    end = start;
  }
  return 0;
}

int open_file(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

}  // namespace

std::string to_json_line(const DeadLetter& letter, std::int64_t unix_ms) {
  Json headers = Json::array();
  for (const auto& [name, value] : letter.headers) headers.push_back({base64(name), bytes_or_null(value)});
  Json response = nullptr;
  if (letter.answered)
    response = {{"statusCode", letter.status_code},
                {"executedVersion", letter.executed_version},
                {"functionError", letter.function_error.empty() ? Json(nullptr) : Json(letter.function_error)}};
  const Json line = {
      {"requestContext",
       {{"requestId", letter.request_id},
        {"functionArn", letter.function},
        {"condition", letter.condition},
        {"detail", letter.detail},
        {"approximateInvokeCount", letter.attempts}}},
      {"responseContext", response},
      {"version", "1.0"},
      {"timestamp", rfc3339(unix_ms)},
      {"KafkaBatchInfo",
       {{"batchSize", 1},
        {"bootstrapServers", letter.bootstrap_servers},
        {"payloadSize", letter.payload_bytes},
        {"recordInfo",
         {{"offset", std::to_string(letter.offset)},
          {"timestamp", letter.timestamp_ms < 0 ? Json(nullptr) : Json(rfc3339(letter.timestamp_ms))}}}}},
      {"record",
       {{"topic", letter.topic},
        {"partition", letter.partition},
        {"offset", letter.offset},
        {"timestamp", letter.timestamp_ms},
        {"timestampType", time_type_name(letter.time_type)},
        {"key", bytes_or_null(letter.key)},
        {"value", bytes_or_null(letter.value)},
        {"headers", headers}}}};
  // Texts that came from a function or a broker may not be UTF-8; a dead letter must never fail to be written for that.
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::unique_ptr<DeadLetterSpool>> DeadLetterSpool::open(std::filesystem::path file,
                                                               std::uint64_t maximum_bytes) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) return disk_error("MR7101", file, "make the folder of", error.value());
  const int fd = open_file(file);
  if (fd < 0) return disk_error("MR7101", file, "open", errno);
  std::unique_ptr<DeadLetterSpool> spool(new DeadLetterSpool(std::move(file), maximum_bytes, fd));
  const FileLock lock(fd);
  struct stat info {};
  if (fstat(fd, &info) != 0) return disk_error("MR7101", spool->file_, "read", errno);
  if (!S_ISREG(info.st_mode))
    return Status(Code::kFailedPrecondition, "MR7101",
                  "the dead-letter spool " + spool->file_.string() + " is not a regular file",
                  "Remove it, or name another state directory with --state.");
  const off_t whole = size_of_whole_lines(fd, info.st_size);
  if (whole != info.st_size && ftruncate(fd, whole) != 0) return disk_error("MR7101", spool->file_, "repair", errno);
  // The name itself must survive a crash too.
  const int folder = ::open(spool->file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    ::close(folder);
  }
  return spool;
}

DeadLetterSpool::~DeadLetterSpool() {
  ::close(fd_);
}

Status DeadLetterSpool::follow_the_name() {
  struct stat named {
  }, held{};
  if (fstat(fd_, &held) != 0) return disk_error("MR7103", file_, "read", errno);
  if (::stat(file_.c_str(), &named) == 0 && named.st_dev == held.st_dev && named.st_ino == held.st_ino) return {};
  const int fd = open_file(file_);
  if (fd < 0) return disk_error("MR7103", file_, "open", errno);
  ::close(fd_);
  fd_ = fd;
  return {};
}

Status DeadLetterSpool::append(const std::vector<DeadLetter>& letters, std::int64_t unix_ms) {
  std::string text;
  for (const DeadLetter& letter : letters) text += to_json_line(letter, unix_ms) + '\n';

  const std::lock_guard guard(mutex_);
  if (Status s = follow_the_name(); !s.ok()) return s;
  const FileLock lock(fd_);
  struct stat info {};
  if (fstat(fd_, &info) != 0) return disk_error("MR7103", file_, "read", errno);
  const off_t before = info.st_size;
  if (static_cast<std::uint64_t>(before) + text.size() > maximum_bytes_)
    return Status(Code::kResourceExhausted, "MR7102",
                  "the dead-letter spool " + file_.string() + " is full: " + std::to_string(before) + " of at most " +
                      std::to_string(maximum_bytes_) + " bytes are used and " + std::to_string(text.size()) +
                      " more are needed",
                  "Look at it with `millrace dead-letters list`, move the file away, or raise "
                  "delivery.dead_letters.maximum_bytes.");
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(fd_, text.data() + written, text.size() - written);
    if (n > 0) {
      written += static_cast<std::size_t>(n);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    const int error = n < 0 ? errno : ENOSPC;
    // All or none: what was written of this append goes, so that a later one does not continue a torn line.
    if (ftruncate(fd_, before) != 0) return disk_error("MR7103", file_, "repair", errno);
    return disk_error("MR7103", file_, "write", error);
  }
  if (fdatasync(fd_) != 0) return disk_error("MR7103", file_, "sync", errno);
  return {};
}

}  // namespace millrace::pipeline
