// Function: a Lambda-shaped function over HTTP, on loopback, that answers by script and writes every call into a
// Ledger.
//
//   Ledger ledger;
//   Function function(ledger);
//   function.answer_by(scripts::faults(7, 0.03));
//   ... endpoint: function.endpoint() ...
//
// Serves POST /2015-03-31/functions/NAME/invocations. A body that is no Kafka event is answered with 400 and kept in
// complaints(), which a test expects to be empty. Each connection has a thread; the port is reserved for as long as the
// Function lives, so close() and open() act as an outage.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/function/script.h"
#include "tests/e2e/kafka/ports.h"
#include "tests/e2e/ledger/ledger.h"

namespace millrace::e2e {

class Function {
 public:
  explicit Function(Ledger& ledger, Script script = scripts::ok());
  ~Function();
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_.number()); }

  void answer_by(Script script);

  void close();  // refuses connections and resets those that are open
  void open();

  std::size_t in_flight() const;       // requests read and not yet answered
  std::size_t most_in_flight() const;  // the most at once, ever
  std::vector<std::string> complaints() const;

  std::size_t calls_to(const std::string& function) const;

  // Calls as the script saw them, without their records; at most the first 10,000.
  std::vector<Call> calls() const;

 private:
  struct Connection {
    int socket;
    std::thread thread;
    bool ended = false;
  };

  void accept_loop(int listener);
  void serve(Connection& connection);
  bool answer_one(int socket, std::string& buffer);
  Answer decide(Call& call, std::size_t& entry);
  bool wait(int socket, std::optional<std::chrono::milliseconds> limit);
  void reap(bool all);

  Ledger& ledger_;
  PortReservation port_;
  mutable std::mutex mutex_;
  Script script_;
  std::vector<std::string> complaints_;
  std::vector<Call> calls_;
  std::map<std::string, std::size_t> calls_to_;
  std::uint64_t next_number_ = 0;
  std::size_t in_flight_ = 0, most_in_flight_ = 0;
  bool closing_ = true;
  int listener_ = -1;
  std::list<Connection> connections_;  // under mutex_; a thread is joined outside of it
  std::thread acceptor_;
};

}  // namespace millrace::e2e
