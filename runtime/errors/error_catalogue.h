// The host's own diagnostic ids, each with what it means and what to do about it.
//
// One table per area (configuration.def ...) is the only place where an id is defined: `millrace explain`,
// docs/errors.md and the tests read it. An id is never reused or given another meaning. Plugins bring their own rows in
// mr_plugin.errors.
//
// Thread-safe: constant data.
#pragma once

#include <span>
#include <string_view>

namespace millrace {

struct ErrorInfo {
  std::string_view id;      // "MR1203"
  std::string_view title;   // one line, no full stop
  std::string_view cause;   // sentences
  std::string_view remedy;  // sentences: what a person does
};

// In ascending order of id.
std::span<const ErrorInfo> host_errors();
// nullptr when the host defines no such id.
const ErrorInfo* find_host_error(std::string_view id);

}  // namespace millrace
