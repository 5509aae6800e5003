// The server behind the speed figures; the contract stands in null_function.h.
#include "tests/bench/null_function.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace millrace::bench {
namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nnull";
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

}  // namespace

std::size_t count_records(std::string_view body) {
  constexpr std::string_view kMember = "\"offset\":";
  std::size_t count = 0;
  const char* at = body.data();
  const char* const end = body.data() + body.size();
  while (at < end) {
    const void* found = ::memmem(at, static_cast<std::size_t>(end - at), kMember.data(), kMember.size());
    if (found == nullptr) break;
    ++count;
    at = static_cast<const char*>(found) + kMember.size();
  }
  return count;
}

NullFunction::NullFunction() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_.number());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 256) != 0)
    throw std::runtime_error("cannot listen on " + endpoint());
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  watch(epoll_, listener_);
  watch(epoll_, wake_);
  thread_ = std::thread([this] { run(); });
}

NullFunction::~NullFunction() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
  thread_.join();
  for (const auto& [socket, buffer] : buffers_) ::close(socket);
  for (const int descriptor : {listener_, epoll_, wake_}) ::close(descriptor);
}

void NullFunction::restart(std::function<void()> on_first) {
  const std::lock_guard lock(mutex_);
  progress_ = {};
  on_first_ = std::move(on_first);
}

NullFunction::Progress NullFunction::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

bool NullFunction::wait_for_records(std::uint64_t count, std::chrono::seconds limit) {
  std::unique_lock lock(mutex_);
  awaited_ = count;
  return changed_.wait_for(lock, limit, [&] { return progress_.records >= count; });
}

void NullFunction::run() {
  ::pthread_setname_np(::pthread_self(), "null-function");
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<std::size_t>(i)].data.fd;
      if (ready == wake_) return;
      if (ready == listener_) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0) continue;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        buffers_[socket].reserve(1 << 20);
        watch(epoll_, socket);
      } else if (!take_requests(ready, buffers_[ready])) {
        ::close(ready);
        buffers_.erase(ready);
      }
    }
  }
}

// Reads what is there and answers every whole request in it. False: the connection is over.
bool NullFunction::take_requests(int socket, std::string& buffer) {
  constexpr std::size_t kStep = 1 << 18;
  const std::size_t before = buffer.size();
  buffer.resize(before + kStep);
  const ssize_t got = ::recv(socket, buffer.data() + before, kStep, 0);
  buffer.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  for (std::size_t head_end; (head_end = buffer.find("\r\n\r\n")) != std::string::npos;) {
    const std::string_view head(buffer.data(), head_end);
    const std::string length(header(head, "content-length"));
    const std::size_t size = static_cast<std::size_t>(std::strtoull(length.c_str(), nullptr, 10));
    const std::size_t whole = head_end + 4 + size;
    if (buffer.size() < whole) {
      if (before <= head_end && !header(head, "expect").empty())
        ::send(socket, kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
      return true;
    }
    const std::size_t records = count_records(std::string_view(buffer).substr(head_end + 4, size));
    buffer.erase(0, whole);
    {
      const std::lock_guard lock(mutex_);
      if (progress_.requests++ == 0 && on_first_) on_first_();
      progress_.records += records;
      progress_.bytes += whole;
      if (progress_.records >= awaited_) changed_.notify_all();
    }
    if (::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kAnswer.size()))
      return false;
  }
  return true;
}

}  // namespace millrace::bench
