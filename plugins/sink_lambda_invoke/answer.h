// What a reply, or its absence, means for the records of the request: the table of outcomes in README.md as code.
//
// Never claims more than the reply says: only a success without a function error finishes records, and a reply that a
// person has to act on never does, so that a mistyped function name cannot consume a topic.
//
// Thread-safe: pure functions.
#pragma once
#include <millrace/plugin.h>
#include <cstdint>
#include <ctime>
#include <string>

#include "transport.h"

namespace millrace::lambda_invoke {

struct Judgement {
  std::uint32_t outcome = MR_DONE;
  mr_status code = MR_OK;
  std::uint32_t retry_after_ms = 0;
  const char* id = "";      // of this plugin's errors, "" when done
  std::string reason = {};  // "FUNCTION_CONFIG_NOT_VALID" or ""
  std::string detail = {};  // for the operator: the endpoint's words, bounded, never the payload
};

// `now` turns a Retry-After date into a delay.
Judgement judge(const Reply& reply, std::time_t now);

// Seconds or an HTTP date; 0 for anything else, for a date in the past, and at most an hour.
std::uint32_t retry_after_ms(const std::string& header, std::time_t now);

}  // namespace millrace::lambda_invoke
