// PortReservation: a free loopback port that stays ours, across restarts of the server that listens on it.
//
// Ports lie below the kernel's ephemeral range, so that no outgoing connection takes one while a broker is down, and a
// locked file per port keeps parallel tests apart.
//
// Thread-safe.
#pragma once

#include <cstdint>

namespace millrace::e2e {

class PortReservation {
 public:
  PortReservation();  // throws std::runtime_error when no port is free
  ~PortReservation();
  PortReservation(PortReservation&& other) noexcept;
  PortReservation& operator=(PortReservation&&) = delete;

  std::uint16_t number() const { return number_; }

  // A socket that listens there, the caller's to close. `flags`: SOCK_NONBLOCK or 0. Throws std::system_error.
  int listen(int backlog, int flags = 0) const;

 private:
  std::uint16_t number_ = 0;
  int lock_ = -1;
};

}  // namespace millrace::e2e
