// TemporaryFolder: a folder of the test program that is gone with the object.
//
// Its name carries our process id, so folders that a crashed test program left behind are removed by the next one.
//
// Thread-compatible.
#pragma once

#include <string>

namespace millrace::e2e {

class TemporaryFolder {
 public:
  TemporaryFolder();  // throws std::runtime_error
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace millrace::e2e
