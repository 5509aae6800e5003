// HttpFunction: a Lambda-shaped function over HTTP/1.1, on loopback.
//
// Serves POST /2015-03-31/functions/NAME/invocations. Each connection has a thread. A scripted reset is one of the TCP
// connection.
//
// Thread-safe.
#pragma once

#include <list>
#include <thread>

#include "tests/e2e/function/function.h"
#include "tests/e2e/kafka/ports.h"

namespace millrace::e2e {

class HttpFunction final : public Function {
 public:
  explicit HttpFunction(Ledger& ledger, Script script = scripts::ok());
  ~HttpFunction() override;

  std::string sink(const std::string& name) const override;
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_.number()); }
  void close() override;
  void open() override;

 private:
  struct Connection {
    int socket;
    std::thread thread;
    bool ended = false;
  };

  void accept_loop(int listener);
  void serve(Connection& connection);
  bool answer_one(int socket, std::string& buffer);
  bool wait(int socket, std::optional<std::chrono::milliseconds> limit);
  void reap(bool all);

  PortReservation port_;
  mutable std::mutex mutex_;
  bool closing_ = true;
  int listener_ = -1;
  std::list<Connection> connections_;  // under mutex_; a thread is joined outside of it
  std::thread acceptor_;
};

}  // namespace millrace::e2e
