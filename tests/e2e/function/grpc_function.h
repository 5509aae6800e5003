// GrpcFunction: the same function behind millrace.function.v1.FunctionService, on loopback; takes both methods.
//
// Scripts speak Lambda's language, which is translated: a function error is OUTCOME_RETRY, a status of HTTP the gRPC
// code that stands in its row of the table of answers, Retry-After is grpc-retry-pushback-ms, a reset is the call
// cancelled by the server (RST_STREAM). On a stream that cuts off whatever else is under way on it, perhaps with
// answers that were already written: the ledger is told of a disturbance, because nothing of Kafka's side can tell that
// from a kill.
//
// The function's name, which a gRPC target does not have, travels as metadata `x-function`. Each request has a thread.
// Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "tests/e2e/function/function.h"
#include "tests/e2e/kafka/ports.h"

namespace millrace::e2e {

class GrpcFunction final : public Function {
 public:
  // `stream`: the mode that sink() asks for; `mixed`: this one and the other in turns.
  GrpcFunction(Ledger& ledger, Script script, bool stream, bool mixed = false);
  ~GrpcFunction() override;

  std::string sink(const std::string& name) const override;
  std::string target() const { return "127.0.0.1:" + std::to_string(port_.number()); }
  void close() override;
  void open() override;

 private:
  class Service;
  struct Server;

  PortReservation port_;
  mutable std::atomic<bool> stream_;
  const bool mixed_;
  std::mutex mutex_;  // of open() and close()
  std::unique_ptr<Server> server_;
};

}  // namespace millrace::e2e
