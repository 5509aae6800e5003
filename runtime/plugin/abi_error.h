// mr_error, the struct in which a plugin and the host tell each other what failed, to and from the host's own types.
//
// A plugin's texts are bounded: one that forgot to terminate a text cannot make the host read past it. What the host
// writes never goes beyond the size that the caller's struct says it has, and ends at a whole character.
//
// Thread-safe: free functions on plain values.
#pragma once

#include <millrace/plugin.h>

#include "runtime/base/status.h"
#include "runtime/observe/health.h"

namespace millrace::plugin {

// `status` is what the call returned; it counts more than the code inside the error.
observe::Problem to_problem(const mr_error& error, mr_status status);
// Fills what *out has room for, if there is one and `status` is a failure; gives the status as a number.
mr_status to_mr_error(const Status& status, mr_error* out);
mr_status to_mr_error(const observe::Problem& problem, mr_error* out);

}  // namespace millrace::plugin
