// Scripts: how the function answers, as values that a test composes.
//
//   function.answer_by(scripts::faults(seed, 0.03));
//   function.answer_by(scripts::refuse("orders", 3, refusing, scripts::ok()));
//
// A script is called under a lock, one invocation at a time, in the order in which requests arrive; its randomness
// comes from its own seed, so the same arrivals get the same answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "tests/e2e/function/event_reader.h"

namespace millrace::e2e {

struct Answer {
  enum class Kind {
    kAnswer,       // `status`, `headers`, `body`
    kResetBefore,  // the connection, or the call, is reset as if the function had never seen the request
    kResetAfter,   // the records are processed, the answer never arrives
    kHang,         // no answer until the client gives up
  };
  Kind kind = Kind::kAnswer;
  int status = 200;
  std::string body = "null";
  std::map<std::string, std::string> headers = {};
  std::chrono::milliseconds delay{0};  // before the answer or the reset
};

// One request, as the script sees it.
struct Call {
  std::string function;                        // its name
  std::map<std::string, std::string> headers;  // names in lower case
  Event event;
  std::size_t body_size = 0;
  std::uint64_t number = 0;  // from 0, in order of arrival
};

using Script = std::function<Answer(const Call&)>;

namespace answers {
Answer ok();
Answer function_error(const std::string& message = "scripted failure");
Answer throttled(int retry_after_seconds);
Answer status(int code, const std::string& error_type);  // Lambda's error shape
bool finishes(const Answer& answer);                     // is it a success?
}  // namespace answers

namespace scripts {
Script ok();
Script after(std::chrono::milliseconds delay, Script then);

// `share` of the calls fail: evenly a function error, 429 (sometimes with Retry-After: 1), 500, reset before, reset
// after.
Script faults(std::uint64_t seed, double share);

// A function error for every call with a record of the stream while `refusing()` is true; the rest goes to `otherwise`.
Script refuse(std::string topic, std::int32_t partition, std::function<bool()> refusing, Script otherwise);
}  // namespace scripts

}  // namespace millrace::e2e
