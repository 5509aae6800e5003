// Runs the millrace binary as a user does: words in, both streams and the exit code out.
//
// The child's environment is what the test names and nothing of the tester's own, but for PATH and what sanitizers
// read.
//
// Blocks until the child has ended or, after 30 s, is killed. Thread-compatible.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace millrace::test {

struct Answer {
  int code = -1;  // 128 + signal when one ended it
  std::string out, err;
};

Answer millrace(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment = {});

// A folder of its own that is the child's working directory and is removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path path(const std::string& name = "") const { return name.empty() ? path_ : path_ / name; }
  void write(const std::string& name, const std::string& text) const;
  // Runs the binary here, so that messages name files as they were typed. Its standard input is the file `stdin`, if
  // any.
  Answer millrace(const std::vector<std::string>& words,
                  const std::map<std::string, std::string>& environment = {}) const;

 private:
  std::filesystem::path path_;
};

}  // namespace millrace::test
