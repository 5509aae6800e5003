// What a response, or a status instead of one, means for the records of the request: the table of outcomes in README.md
// as code.
//
// Never claims more than was said: only OK with a response that can be read finishes records, and a status on which a
// person has to act never does, so that a mistyped target cannot consume a topic.
//
// Thread-safe: pure functions.
#pragma once
#include <grpcpp/support/status.h>
#include <millrace/plugin.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire.h"

namespace millrace::grpc_sink {

struct Judgement {
  std::uint32_t outcome = MR_DONE;
  mr_status code = MR_OK;
  std::uint32_t retry_after_ms = 0;
  const char* id = "";                     // of this plugin's errors, "" when done
  std::string reason = {};                 // "FUNCTION_CONFIG_NOT_VALID", or the function's error_type
  std::string detail = {};                 // for the operator, bounded, never the payload
  std::vector<std::uint32_t> failed = {};  // of MR_PARTIAL
  int status = 0;                          // gRPC's code
};

// The answer to `request`. In a unary call an empty request_id is accepted.
Judgement judge_response(const mr_request& request, const v1::InvokeResponse& response);
// An answer that cannot be read or does not fit the request: nothing is known, so that all of it comes again.
Judgement worthless(std::string why);

// The end of a call other than OK with a response. `message_size` is the request's on the wire; `pushback` is the value
// of grpc-retry-pushback-ms, or "".
Judgement judge_status(const grpc::Status& status, std::uint64_t message_size, std::string_view pushback);

// The same for a stream that ended with `under_way` requests on it, for one of them. Only a status on which a person
// has to act says something about all of them; a failure of the function does when it can only mean this one.
Judgement judge_stream_end(const grpc::Status& status, std::uint64_t message_size, std::size_t under_way,
                           std::string_view pushback);

Judgement timed_out(std::uint64_t timeout_ms);
Judgement given_up();

// Does the status say that a request was larger than the server takes? `kThis`: one of `message_size`.
enum class TooLarge { kNo, kThis, kUnknown };
TooLarge request_too_large(const grpc::Status& status, std::uint64_t message_size);

// One printable line, cut at a character's boundary.
std::string quote(std::string_view text, std::size_t longest = 200);

}  // namespace millrace::grpc_sink
