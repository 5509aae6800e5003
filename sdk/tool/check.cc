#include "sdk/tool/check.h"

#include <utility>

namespace millrace::sdk_tool {

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "pass";
    case Outcome::kWarn:
      return "warn";
    case Outcome::kSkip:
      return "skip";
    case Outcome::kFail:
      return "fail";
    case Outcome::kCrash:
      break;
  }
  return "crash";
}

std::string_view group_name(Group group) {
  switch (group) {
    case Group::kBinary:
      return "binary";
    case Group::kDescriptor:
      return "descriptor";
    case Group::kLifecycle:
      return "lifecycle";
    case Group::kSource:
      return "source";
    case Group::kAuth:
      return "auth";
    case Group::kFilter:
      return "filter";
    case Group::kEncoder:
      return "encoder";
    case Group::kSink:
      return "sink";
    case Group::kFuzz:
      break;
  }
  return "fuzz";
}

void fail(std::string seen) {
  throw Finding{Outcome::kFail, std::move(seen)};
}
void skip(std::string reason) {
  throw Finding{Outcome::kSkip, std::move(reason)};
}
void warn(std::string seen) {
  throw Finding{Outcome::kWarn, std::move(seen)};
}

}  // namespace millrace::sdk_tool
