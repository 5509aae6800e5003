#include "tests/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>

namespace millrace::test {
namespace {

Answer run(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment,
           const std::filesystem::path& folder) {
  const char* binary = ::getenv("MILLRACE_BINARY");
  if (binary == nullptr) return {-1, "", "MILLRACE_BINARY is not set: run this test with ctest"};

  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  for (const char* name : {"PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH"})
    if (const char* value = ::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  std::vector<char*> argv = {const_cast<char*>("millrace")};
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);

  const std::string input = !folder.empty() && exists(folder / "stdin") ? (folder / "stdin").string() : "/dev/null";
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    const int in = ::open(input.c_str(), O_RDONLY);
    if (in < 0 || ::dup2(in, 0) < 0 || ::dup2(out[1], 1) < 0 || ::dup2(err[1], 2) < 0) _exit(127);
    if (!folder.empty() && ::chdir(folder.c_str()) != 0) _exit(127);
    ::execve(binary, argv.data(), envp.data());
    _exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);

  Answer answer;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::array<pollfd, 2> ends = {pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(child, SIGKILL);
      break;
    }
    ::poll(ends.data(), ends.size(), 1000);
    for (std::size_t i = 0; i < 2; ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t got = ::read(ends[i].fd, buffer, sizeof buffer);
      if (got > 0) (i == 0 ? answer.out : answer.err).append(buffer, static_cast<std::size_t>(got));
      if (got == 0) ends[i].fd = -1;
    }
  }
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return answer;
}

}  // namespace

Answer millrace(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment) {
  return run(words, environment, {});
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace-cli-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
}

Answer Folder::millrace(const std::vector<std::string>& words,
                        const std::map<std::string, std::string>& environment) const {
  return run(words, environment, path_);
}

}  // namespace millrace::test
