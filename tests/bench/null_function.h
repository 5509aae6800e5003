// NullFunction: a function behind the Invoke API that takes no time: reads each event whole, counts it, answers `null`.
//
// One thread and epoll, bytes looked at once, because on two cores everything the function spends is taken from the
// client that is measured. It can be told to take its time, to keep its answers back, or to refuse some events.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/stub.h"
#include "tests/e2e/kafka/ports.h"

namespace millrace::bench {

// The opening braces of some bytes. An event without headers has one per record and two of its own; base64 has none.
std::uint64_t count_braces(const char* bytes, std::size_t size);

class NullFunction : public Stub {
 public:
  struct Behaviour {
    std::chrono::milliseconds delay{0};  // from the last byte of a request to its answer
    bool hold = false;                   // no answers; those kept back are given when this ends
    std::string refuse = {};             // events with this text in their first kilobyte are answered 500
  };

  NullFunction();
  ~NullFunction() override;

  std::string endpoint() const override { return "http://127.0.0.1:" + std::to_string(port_.number()); }
  void behave(Behaviour behaviour);

 private:
  struct Connection {
    std::string head;        // of the request being read
    std::string body_start;  // its first kilobyte, kept only while something is refused
    std::uint64_t left = 0, size = 0, braces = 0;
    bool in_body = false;
  };
  struct Answer {
    Instant due;
    int socket;
    bool refused;
  };

  void run();
  void accept_connection();
  bool read(int socket);
  bool take(int socket, Connection& connection, const char* bytes, std::size_t size);
  void finish(int socket, Connection& connection);
  void answer_what_is_due();

  e2e::PortReservation port_;
  int listener_ = -1, epoll_ = -1, wake_ = -1, timer_ = -1;
  bool ending_ = false;  // guarded by behaviour_mutex_, as behaviour_ is
  mutable std::mutex behaviour_mutex_;
  Behaviour behaviour_;
  // The thread's own:
  std::vector<char> scratch_;
  std::map<int, Connection> connections_;
  std::deque<Answer> answers_;
  Behaviour now_;
  std::thread thread_;
};

}  // namespace millrace::bench
