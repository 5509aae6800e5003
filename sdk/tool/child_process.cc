#include "sdk/tool/child_process.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace millrace::sdk_tool {
namespace {

namespace fs = std::filesystem;

// A message from the child: a letter, the size of its text, the text. 'n' is a note, 'i' says that it is isolated,
// anything else the answer's outcome in upper case.
void send(int pipe, char letter, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string message(1, letter);
  message.append(reinterpret_cast<const char*>(&size), sizeof size);
  message += text;
  for (std::size_t at = 0; at < message.size();) {
    const ssize_t n = ::write(pipe, message.data() + at, message.size() - at);
    if (n <= 0) ::_exit(125);
    at += static_cast<std::size_t>(n);
  }
}

void write_file(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (::write(fd, text.data(), text.size()) < 0) {
  }  // the map stays empty: files may then not be ours to read
  ::close(fd);
}

// A network namespace with nothing in it but the loopback.
bool leave_the_network() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWNET) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", std::to_string(user) + " " + std::to_string(user) + " 1");
    write_file("/proc/self/gid_map", std::to_string(group) + " " + std::to_string(group) + " 1");
  }
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return true;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ::ioctl(fd, SIOCSIFFLAGS, &request);
  ::close(fd);
  return true;
}

[[noreturn]] void be_the_child(int pipe, const fs::path& folder, pid_t parent, bool network,
                               const std::function<ChildAnswer(const Notes&)>& work) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(125);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const int output = ::open((folder / "output").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (output < 0 || input < 0 || ::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) ::_exit(125);
  ::close(output);
  ::close(input);
  if (::chdir((folder / "work").c_str()) != 0) ::_exit(125);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGHUP}) ::signal(number, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);  // as the host
  if (!network && leave_the_network()) send(pipe, 'i', "");
  const ChildAnswer answer = work([pipe](std::string_view note) { send(pipe, 'n', note); });
  send(pipe, static_cast<char>(answer.outcome - 'a' + 'A'), answer.text);
  ::_exit(0);
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Takes whole messages off the front of `received`.
void take(std::string& received, ChildEnd& end) {
  constexpr std::size_t kHead = 1 + sizeof(std::uint32_t);
  while (received.size() >= kHead) {
    std::uint32_t size = 0;
    std::memcpy(&size, received.data() + 1, sizeof size);
    if (received.size() < kHead + size) return;
    const char letter = received[0];
    std::string text = received.substr(kHead, size);
    received.erase(0, kHead + size);
    if (letter == 'n') {
      end.last_note = std::move(text);
    } else if (letter == 'i') {
      end.isolated = true;
    } else {
      end.answered = true;
      end.answer = {static_cast<char>(letter - 'A' + 'a'), std::move(text)};
    }
  }
}

// Until the child has answered, closed its end, or the time is over.
void listen(int pipe, std::chrono::milliseconds timeout, ChildEnd& end) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::string received;
  while (!end.answered) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{pipe, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      end.timed_out = true;
      return;
    }
    char buffer[4096];
    const ssize_t n = ::read(pipe, buffer, sizeof buffer);
    if (n <= 0) return;
    received.append(buffer, static_cast<std::size_t>(n));
    take(received, end);
  }
}

}  // namespace

ChildEnd run_child(const ChildOptions& options, const std::function<ChildAnswer(const Notes&)>& work) {
  ChildEnd end;
  std::string name = (fs::temp_directory_path() / "millrace-check-XXXXXX").string();
  int ends[2];
  if (::mkdtemp(name.data()) == nullptr || ::pipe2(ends, O_CLOEXEC) != 0) {
    end.exit_code = 125;
    end.output = std::string("no process could be made: ") + std::strerror(errno);
    return end;
  }
  const fs::path folder = name;
  fs::create_directory(folder / "work");
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(ends[1], folder, self, options.network, work);
  }
  ::close(ends[1]);
  if (child > 0) {
    listen(ends[0], options.timeout, end);
    int status = 0;
    if (end.timed_out) ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    ::kill(-child, SIGKILL);  // what it may have started
    if (!end.answered && !end.timed_out) {
      end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    }
  }
  ::close(ends[0]);
  end.output = contents(folder / "output");
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return end;
}

}  // namespace millrace::sdk_tool
