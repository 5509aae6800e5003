// The server behind the speed figures; the contract stands in null_function.h.
#include "tests/bench/null_function.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace millrace::bench {
namespace {

constexpr std::size_t kScratch = 1 << 18;
constexpr std::size_t kHeadStep = 512;  // copied while a head's end is looked for: no more of the body than that
constexpr std::size_t kLookedAt = 1024;
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nnull";
constexpr std::string_view kRefusal =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// The value of a header in a request head, or "".
std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    if (head.size() - at > name.size() && head[at + name.size()] == ':' &&
        ::strncasecmp(head.data() + at, name.data(), name.size()) == 0) {
      const std::size_t start = at + name.size() + 1;
      return head.substr(start, head.find("\r\n", start) - start);
    }
  }
  return {};
}

void watch(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

bool send_all(int socket, std::string_view text) {
  return ::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

}  // namespace

std::uint64_t count_braces(const char* bytes, std::size_t size) {
  // Blocks of 64 whose sum fits a byte: the compiler makes vector compares of this.
  std::uint64_t count = 0;
  for (; size >= 64; bytes += 64, size -= 64) {
    std::uint8_t block = 0;
    for (int i = 0; i < 64; ++i) block = static_cast<std::uint8_t>(block + (bytes[i] == '{' ? 1 : 0));
    count += block;
  }
  for (std::size_t i = 0; i < size; ++i) count += bytes[i] == '{' ? 1 : 0;
  return count;
}

NullFunction::NullFunction() : scratch_(kScratch) {
  listener_ = port_.listen(1024, SOCK_NONBLOCK);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  for (const int descriptor : {listener_, wake_, timer_}) watch(epoll_, descriptor);
  thread_ = std::thread([this] { run(); });
}

NullFunction::~NullFunction() {
  {
    const std::lock_guard lock(behaviour_mutex_);
    ending_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
  thread_.join();
  for (const auto& [socket, connection] : connections_) ::close(socket);
  for (const int descriptor : {listener_, epoll_, wake_, timer_}) ::close(descriptor);
}

void NullFunction::behave(Behaviour behaviour) {
  {
    const std::lock_guard lock(behaviour_mutex_);
    behaviour_ = std::move(behaviour);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

void NullFunction::run() {
  ::pthread_setname_np(::pthread_self(), "null-function");
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<std::size_t>(i)].data.fd;
      std::uint64_t ignored = 0;
      if (ready == wake_) {
        [[maybe_unused]] const ssize_t got = ::read(wake_, &ignored, sizeof ignored);
        const std::lock_guard lock(behaviour_mutex_);
        if (ending_) return;
        now_ = behaviour_;
      } else if (ready == timer_) {
        [[maybe_unused]] const ssize_t got = ::read(timer_, &ignored, sizeof ignored);
      } else if (ready == listener_) {
        accept_connection();
      } else if (!read(ready)) {
        ::close(ready);
        connections_.erase(ready);
        std::erase_if(answers_, [ready](const Answer& answer) { return answer.socket == ready; });
      }
    }
    answer_what_is_due();
  }
}

void NullFunction::accept_connection() {
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket < 0) return;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connections_[socket] = {};
  watch(epoll_, socket);
}

// Reads what is there. False: the connection is over.
bool NullFunction::read(int socket) {
  Connection& connection = connections_[socket];
  for (;;) {
    const ssize_t got = ::recv(socket, scratch_.data(), scratch_.size(), 0);
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
    if (!take(socket, connection, scratch_.data(), static_cast<std::size_t>(got))) return false;
    if (static_cast<std::size_t>(got) < scratch_.size()) return true;
  }
}

bool NullFunction::take(int socket, Connection& connection, const char* bytes, std::size_t size) {
  while (size > 0) {
    if (!connection.in_body) {
      const std::size_t before = connection.head.size();
      connection.head.append(bytes, std::min(size, kHeadStep));
      const std::size_t end = connection.head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
      if (end == std::string::npos) {
        if (connection.head.size() > 65'536) return false;
        const std::size_t used = connection.head.size() - before;
        bytes += used;
        size -= used;
        continue;
      }
      bytes += end + 4 - before;
      size -= end + 4 - before;
      connection.head.resize(end + 4);
      connection.size = connection.left =
          std::strtoull(std::string(header(connection.head, "content-length")).c_str(), nullptr, 10);
      connection.in_body = true;
      if (size == 0 && !header(connection.head, "expect").empty()) send_all(socket, kContinue);
    }
    const std::size_t part = std::min<std::uint64_t>(size, connection.left);
    connection.braces += count_braces(bytes, part);
    if (!now_.refuse.empty() && connection.body_start.size() < kLookedAt)
      connection.body_start.append(bytes, std::min(part, kLookedAt));
    bytes += part;
    size -= part;
    connection.left -= part;
    if (connection.left == 0) finish(socket, connection);
  }
  return true;
}

void NullFunction::finish(int socket, Connection& connection) {
  const bool refused = !now_.refuse.empty() && connection.body_start.find(now_.refuse) != std::string::npos;
  if (refused)
    count_refused();
  else
    count(connection.braces < 2 ? 0 : connection.braces - 2, connection.head.size() + connection.size);
  connection = {};
  if (now_.delay.count() == 0 && !now_.hold && answers_.empty())
    send_all(socket, refused ? kRefusal : kAnswer);
  else
    answers_.push_back({std::chrono::steady_clock::now() + now_.delay, socket, refused});
}

void NullFunction::answer_what_is_due() {
  if (answers_.empty() || now_.hold) return;
  const Instant now = std::chrono::steady_clock::now();
  while (!answers_.empty() && answers_.front().due <= now) {
    send_all(answers_.front().socket, answers_.front().refused ? kRefusal : kAnswer);
    answers_.pop_front();
  }
  if (answers_.empty()) return;
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(answers_.front().due - now).count();
  itimerspec at{};
  at.it_value.tv_sec = left / 1'000'000'000;
  at.it_value.tv_nsec = std::max<long>(1, left % 1'000'000'000);
  ::timerfd_settime(timer_, 0, &at, nullptr);
}

}  // namespace millrace::bench
