// A function inside this process: an HTTP server on a loopback port that answers Lambda's Invoke call.
//
// Every POST to /2015-03-31/functions/NAME/invocations is a success with the result `null`, whatever the name; its body
// goes to the handler first. Anything else is 404.
//
// Owns one thread ("dev-function"), on which the handler runs: one event at a time. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace millrace::dev {

class EmbeddedFunction {
 public:
  using Handler = std::function<void(std::string_view event)>;

  // Fails when no port can be had.
  static Result<std::unique_ptr<EmbeddedFunction>> start(Handler handler);
  ~EmbeddedFunction();  // closes all connections
  EmbeddedFunction(const EmbeddedFunction&) = delete;
  EmbeddedFunction& operator=(const EmbeddedFunction&) = delete;

  std::string endpoint() const;  // "http://127.0.0.1:41123"
  std::uint64_t invocations() const;

 private:
  class Server;  // the only part that knows Boost

  explicit EmbeddedFunction(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
};

}  // namespace millrace::dev
