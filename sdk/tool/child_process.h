// A piece of work in a process of its own: whatever it does there, this process goes on.
//
// The child is a fork in an empty folder, with its output in a file, no core dump, and a network of its own unless told
// otherwise; it dies with its parent, and all that it started dies with it.
//
// Used by checker.cc. Confined to a process with one thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace millrace::sdk_tool {

struct ChildAnswer {
  char outcome = 0;
  std::string text;
};
using Notes = std::function<void(std::string_view)>;  // what the work is at, for when it does not come back

struct ChildOptions {
  std::chrono::milliseconds timeout;
  bool network = false;
};

struct ChildEnd {
  bool answered = false;
  ChildAnswer answer;
  bool timed_out = false;
  int signal = 0;     // that ended it
  int exit_code = 0;  // when it ended itself
  std::string last_note;
  std::string output;     // its standard output and standard error
  bool isolated = false;  // it had no network but the loopback
};

ChildEnd run_child(const ChildOptions& options, const std::function<ChildAnswer(const Notes&)>& work);

}  // namespace millrace::sdk_tool
