// Function: what a pipeline delivers to: answers by script and writes every call into a Ledger.
//
//   Ledger ledger;
//   const auto function = make_function(function_kind_under_test(), ledger);
//   function->answer_by(scripts::faults(7, 0.03));
//   ... sink: function->sink("my-function") ...
//
// How it is reached is the kind's: over HTTP as a Lambda function, or over gRPC, call by call or on streams. A body
// that is no Kafka event is refused and kept in complaints(), which a test expects to be empty. The port is reserved
// for as long as the Function lives, so close() and open() act as an outage.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/function/script.h"
#include "tests/e2e/ledger/ledger.h"

namespace millrace::e2e {

class Function {
 public:
  Function(Ledger& ledger, Script script) : ledger_(ledger), script_(std::move(script)) {}
  virtual ~Function() = default;
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;

  // The pipeline's `sink`, for the function of this name, as a flow mapping.
  virtual std::string sink(const std::string& name) const = 0;

  virtual void close() = 0;  // refuses connections and breaks those that are open
  virtual void open() = 0;

  void answer_by(Script script);

  std::size_t in_flight() const;       // requests read and not yet answered
  std::size_t most_in_flight() const;  // the most at once, ever
  std::vector<std::string> complaints() const;

  std::size_t calls_to(const std::string& function) const;

  // Calls as the script saw them, without their records; at most the first 10,000.
  std::vector<Call> calls() const;

 protected:
  // A request was read: into the ledger, and what the script says. None: a complaint, the body is no event. Otherwise
  // settle() is owed.
  std::optional<Answer> decide(Call& call, std::string_view body, std::size_t& entry);
  // Just before the answer is given; none: the client, or we, ended the connection before that.
  void settle(std::size_t entry, const std::optional<Answer>& answer);
  void complain(const std::string& text);

  Ledger& ledger_;

 private:
  mutable std::mutex mutex_;
  Script script_;
  std::vector<std::string> complaints_;
  std::vector<Call> calls_;
  std::map<std::string, std::size_t> calls_to_;
  std::uint64_t next_number_ = 0;
  std::size_t in_flight_ = 0, most_in_flight_ = 0;
};

enum class FunctionKind { kHttp, kGrpc, kGrpcStream, kGrpcMixed };

// $MILLRACE_TEST_FUNCTION: http (default), grpc, grpc-stream, grpc-mixed (every other pipeline is in stream mode).
FunctionKind function_kind_under_test();
std::unique_ptr<Function> make_function(FunctionKind kind, Ledger& ledger, Script script = scripts::ok());

}  // namespace millrace::e2e
