// Problems that the shell itself reports to health, and a component's problem in one line.
//
// Used by the poller's files. Plain functions.
#pragma once

#include <string>
#include <utility>

#include "runtime/observe/health.h"

namespace millrace::pipeline {

inline observe::Problem problem(std::string id, std::string message, std::string detail, std::string hint,
                                std::string reason = {}) {
  observe::Problem p;
  p.code = Code::kUnavailable;
  p.id = std::move(id);
  p.message = std::move(message);
  p.detail = std::move(detail);
  p.hint = std::move(hint);
  p.reason = std::move(reason);
  return p;
}

inline std::string describe(const observe::Problem& p) {
  return p.detail.empty() ? p.message : p.message + " " + p.detail;
}

}  // namespace millrace::pipeline
