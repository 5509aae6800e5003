// Process: a child program that never outlives the test, however the test ends.
//
// The child leads a process group of its own, which the destructor kills with SIGKILL; a test that crashes takes the
// child with it (PR_SET_PDEATHSIG). Rationale for the thread rule: the kernel sends that signal when the *thread* that
// forked ends, so a process must be started from a thread that lives as long as the test (usually main).
//
// Confined to the thread that started it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::e2e {

struct Command {
  std::vector<std::string> arguments;              // arguments[0] is the program, looked up in PATH
  std::map<std::string, std::string> environment;  // on top of the test's own
  std::string output;                              // file that stdout and stderr are appended to
  std::string directory;                           // working directory; empty: the test's own
};

// How a process ended: an exit code, or the signal that ended it (then `code` is 128 + signal, as a shell says).
struct Exit {
  int code = 0;
  int signal = 0;
};

class Process {
 public:
  // Starts the program. Throws std::runtime_error when it cannot be executed.
  explicit Process(Command command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running();
  void signal(int number);

  // Waits for the end; nothing when `limit` passes first.
  std::optional<Exit> wait(std::chrono::milliseconds limit);

  // SIGKILL to the whole group, and waits until it is gone.
  void kill();

  // The last lines of the output file, for a message about what went wrong.
  std::string tail(int lines = 30) const;
  std::string output() const;

 private:
  Command command_;
  pid_t pid_ = -1;
  std::optional<Exit> exit_;
};

// Runs a short tool to its end and returns its output; throws with that output when it fails or takes over a minute.
std::string run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {});

// True when `name` is an executable file in PATH.
bool is_installed(const std::string& name);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);
std::string last_lines(const std::string& text, int lines);

}  // namespace millrace::e2e
