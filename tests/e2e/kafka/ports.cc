// Reserved loopback ports; the rules stand in ports.h.
#include "tests/e2e/kafka/ports.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace millrace::e2e {
namespace {

// -1 and errno when the port is somebody else's.
int bound_socket(std::uint16_t port, int flags) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  const int reason = errno;
  ::close(socket);
  errno = reason;
  return -1;
}

bool can_listen(std::uint16_t port) {
  const int socket = bound_socket(port, 0);
  if (socket >= 0) ::close(socket);
  return socket >= 0;
}

}  // namespace

PortReservation::PortReservation() {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("millrace-ports." + std::to_string(::getuid()))).string();
  std::filesystem::create_directories(folder);
  std::random_device entropy;
  std::uniform_int_distribution<int> candidates(18000, 31999);
  for (int attempt = 0; attempt < 2000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(candidates(entropy));
    const int lock = ::open((folder + "/" + std::to_string(port)).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0 && can_listen(port)) {
      number_ = port;
      lock_ = lock;
      return;
    }
    if (lock >= 0) ::close(lock);
  }
  throw std::runtime_error("no free loopback port between 18000 and 31999");
}

PortReservation::PortReservation(PortReservation&& other) noexcept
    : number_(other.number_), lock_(std::exchange(other.lock_, -1)) {}

PortReservation::~PortReservation() {
  if (lock_ >= 0) ::close(lock_);
}

int PortReservation::listen(int backlog, int flags) const {
  const int socket = bound_socket(number_, flags);
  if (socket >= 0 && ::listen(socket, backlog) == 0) return socket;
  const std::error_code reason(errno, std::generic_category());
  if (socket >= 0) ::close(socket);
  throw std::system_error(reason, "cannot listen on 127.0.0.1:" + std::to_string(number_));
}

}  // namespace millrace::e2e
