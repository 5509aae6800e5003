// Filling a Reply, the same from whichever transport it came.
//
// Bounded: a header is cut at kLongestHeader, and a body is kept only where somebody will read it.
//
// Used by the transports. Thread-safe: touches its arguments only.
#pragma once
#include <strings.h>

#include <algorithm>
#include <string_view>

#include "transport.h"

namespace millrace::lambda_invoke {

constexpr std::size_t kLongestHeader = 1024;

inline void note_header(Reply& reply, std::string_view name, std::string_view value) {
  const std::pair<std::string_view, std::string*> wanted[] = {{"x-amz-function-error", &reply.function_error},
                                                              {"x-amzn-requestid", &reply.request_id},
                                                              {"x-amz-request-id", &reply.request_id},
                                                              {"x-amz-executed-version", &reply.executed_version},
                                                              {"retry-after", &reply.retry_after},
                                                              {"x-amzn-errortype", &reply.error_type},
                                                              {"location", &reply.location}};
  for (const auto& [known, place] : wanted) {
    if (name.size() != known.size() || strncasecmp(name.data(), known.data(), known.size()) != 0) continue;
    *place = value.substr(0, kLongestHeader);
    // An empty value would read as "no function error".
    if (place == &reply.function_error && place->empty()) *place = "Unhandled";
  }
}

inline void keep_body(Reply& reply, std::string_view data) {
  // A success's result is not needed, so it takes no memory.
  if (reply.status >= 200 && reply.status <= 299 && reply.function_error.empty()) return;
  reply.body.append(data.substr(0, kKeptBody - std::min(kKeptBody, reply.body.size())));
}

}  // namespace millrace::lambda_invoke
