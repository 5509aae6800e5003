// Runs a host in the foreground: status line while it runs, drain on a signal, the last word at the end.
//
// The first SIGINT or SIGTERM drains; a second one ends the process at once with 128 + its number. The exit code after
// a drain is 0, whatever was left: the last line says how much that is, and the next run delivers it.
//
// Used by `run` and `dev`, on the main thread.
#pragma once

#include <functional>

#include "runtime/base/clock.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/status_line.h"
#include "runtime/observe/log.h"
#include "runtime/pipeline/shell/host.h"

namespace millrace::cli {

// done: asked every 100 ms; true drains as a signal does. Empty: only a signal ends it. Returns when every pipeline has
// stopped and every component is stopped.
void run_session(pipeline::Host& host, Signals& signals, StatusLine& line, const Clock& clock,
                 const observe::Logger& log, const std::function<bool()>& done = {});

}  // namespace millrace::cli
