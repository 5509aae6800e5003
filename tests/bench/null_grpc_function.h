// NullGrpcFunction: what NullFunction is, behind millrace.function.v1.FunctionService: reads each request whole, counts
// its records, answers "done". Takes both methods.
//
// One thread and one completion queue, and a thread that waits where answers are to be late; nothing is copied and no
// message is built, because on two cores everything the function spends is taken from the client that is measured. It
// can be told to take its time.
//
// Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "tests/bench/stub.h"

namespace millrace::bench {

class NullGrpcFunction : public Stub {
 public:
  NullGrpcFunction();
  ~NullGrpcFunction() override;

  std::string endpoint() const override;
  // From the last byte of a request to its answer. For requests that come from now on.
  void answer_after(std::chrono::milliseconds delay);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace millrace::bench
