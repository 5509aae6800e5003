// Child processes for tests; the rules stand in process.h.
#include "tests/e2e/kafka/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace millrace::e2e {
namespace {

// The child: only calls that are safe after fork() in a process with threads. An exec that fails reports errno through
// `report`, which exec itself closes when it succeeds.
[[noreturn]] void become(char* const* argv, char* const* envp, const char* program, int output, const char* directory,
                         pid_t parent, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent ended before prctl took effect
  ::setpgid(0, 0);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  if (*directory != '\0' && ::chdir(directory) != 0) ::_exit(127);
  ::execve(program, argv, envp);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &error, sizeof error);
  ::_exit(127);
}

std::string resolve(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = folder + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Process::Process(Command command) : command_(std::move(command)) {
  const std::string program = resolve(command_.arguments.at(0));
  if (program.empty()) throw std::runtime_error(command_.arguments[0] + ": not found in PATH");

  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (command_.environment.count(text.substr(0, text.find('='))) == 0) variables.push_back(text);
  }
  for (const auto& [name, value] : command_.environment) variables.push_back(name + "=" + value);
  std::vector<char*> argv = pointers(command_.arguments), envp = pointers(variables);

  const std::string sink = command_.output.empty() ? "/dev/null" : command_.output;
  const int output = ::open(sink.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  int report[2];
  if (output < 0 || ::pipe2(report, O_CLOEXEC) != 0) throw std::runtime_error("cannot open " + sink);

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become(argv.data(), envp.data(), program.c_str(), output, command_.directory.c_str(), parent, report[1]);
  ::close(output);
  ::close(report[1]);
  int error = 0;
  const ssize_t got = pid_ < 0 ? -1 : ::read(report[0], &error, sizeof error);
  ::close(report[0]);
  if (pid_ < 0 || got > 0)
    throw std::runtime_error(program + ": cannot start: " + std::strerror(pid_ < 0 ? errno : error));
}

Process::~Process() {
  kill();
}

bool Process::is_running() {
  return !wait(std::chrono::milliseconds(0));
}

void Process::signal(int number) {
  if (!exit_) ::kill(pid_, number);
}

std::optional<Exit> Process::wait(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!exit_) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      exit_ = WIFSIGNALED(status) ? Exit{128 + WTERMSIG(status), WTERMSIG(status)} : Exit{WEXITSTATUS(status), 0};
      break;
    }
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return exit_;
}

void Process::kill() {
  if (pid_ <= 0) return;
  if (!exit_ || ::kill(-pid_, 0) == 0) ::kill(-pid_, SIGKILL);
  if (!exit_) {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    exit_ = WIFSIGNALED(status) ? Exit{128 + WTERMSIG(status), WTERMSIG(status)} : Exit{WEXITSTATUS(status), 0};
  }
}

std::string Process::output() const {
  return read_file(command_.output);
}
std::string Process::tail(int lines) const {
  return last_lines(output(), lines);
}

std::string run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
  std::string path = (std::filesystem::temp_directory_path() / "millrace-run.XXXXXX").string();
  const int file = ::mkstemp(path.data());
  if (file >= 0) ::close(file);
  Process process({arguments, environment, path, ""});
  const std::optional<Exit> end = process.wait(std::chrono::seconds(60));
  const std::string output = read_file(path);
  std::filesystem::remove(path);
  if (end && end->code == 0) return output;
  throw std::runtime_error(arguments[0] +
                           (end ? " failed with " + std::to_string(end->code) : " did not end within 60 s") + ":\n" +
                           last_lines(output, 30));
}

bool is_installed(const std::string& name) {
  return !resolve(name).empty();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

std::string last_lines(const std::string& text, int lines) {
  std::size_t start = text.size();
  while (start > 0 && lines >= 0)
    if (text[--start] == '\n') --lines;
  return text.substr(lines < 0 ? start + 1 : start);
}

}  // namespace millrace::e2e
