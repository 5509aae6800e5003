// Small facts of a pipeline that must survive a restart ("this group was activated once").
//
// put() is durable when it returns OK: the value, its name and the folder are on disk, and a crash at any moment leaves
// either the old value or the new one. Keys and values are small (1 KiB, 64 KiB); this is no database.
//
// Behind millrace.state/1. The files are STATE/pipelines/PIPELINE/KEY, where a key's unusual bytes are written as %XX.
//
// Thread-safe; two processes must not share a state directory.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace millrace::plugin {

class StateStore {
 public:
  virtual ~StateStore() = default;
  // Nothing when the key was never put.
  virtual Result<std::optional<std::string>> get(std::string_view pipeline, std::string_view key) = 0;
  virtual Status put(std::string_view pipeline, std::string_view key, std::string_view value) = 0;
};

class FileStateStore final : public StateStore {
 public:
  static constexpr std::size_t kMaximumKey =
      1024;  // a group's and a topic's name, which may be long, and the component's type
  static constexpr std::size_t kMaximumValue = 65'536;

  // The folder is made at the first put().
  explicit FileStateStore(std::filesystem::path state_directory) : root_(std::move(state_directory) / "pipelines") {}

  Result<std::optional<std::string>> get(std::string_view pipeline, std::string_view key) override;
  Status put(std::string_view pipeline, std::string_view key, std::string_view value) override;

 private:
  const std::filesystem::path root_;
  std::mutex mutex_;  // one writer at a time, so two puts of a key do not share a temporary file
};

}  // namespace millrace::plugin
