// Reserved loopback ports; the rules stand in ports.h.
#include "tests/e2e/kafka/ports.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

namespace millrace::e2e {
namespace {

bool can_listen(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return free;
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

}  // namespace millrace::e2e
