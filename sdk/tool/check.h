// A check: one promise of plugin.h, in one file under checks/, whose name in kebab case is the file's.
//
// A check ends at its finding: fail(), skip() and warn() throw, and a run that returns has passed. What a plugin does
// wrong in any other way - a crash, an exception, a hang - is seen from outside, for each check has a process of its
// own (checker.h).
//
// Used by the checks, checker.cc and report.cc. Constant data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::sdk_tool {

class Trial;

enum class Outcome { kPass, kWarn, kSkip, kFail, kCrash };
std::string_view outcome_name(Outcome outcome);

// What a check is about. Those before kLifecycle run once a file, those from there on once a component: kLifecycle and
// kFuzz for each, the others for each component of that kind.
enum class Group { kBinary, kDescriptor, kLifecycle, kSource, kAuth, kFilter, kEncoder, kSink, kFuzz };
std::string_view group_name(Group group);

struct Check {
  Group group;
  const char* says;    // the promise, one sentence
  const char* rule;    // where it is written
  const char* remedy;  // what an author does about it
  void (*run)(Trial& trial);
  const char* needs = nullptr;  // a check of the same group without which this one would only fail again
};

struct NamedCheck {
  std::string name;  // "only-clears-bits"
  Check check;
};
// All of them: by group, then those that need another behind those that do not, then by name.
const std::vector<NamedCheck>& all_checks();

// How a check ended before its end.
struct Finding {
  Outcome outcome;
  std::string seen;
};
[[noreturn]] void fail(std::string seen);
[[noreturn]] void skip(std::string reason);
[[noreturn]] void warn(std::string seen);

}  // namespace millrace::sdk_tool
