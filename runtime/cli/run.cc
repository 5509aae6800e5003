// `millrace run FILE…`: everything that can be known before the start is checked, then the pipelines run until a
// signal.
//
// Either every pipeline starts or none does: a mistake in one file is found before another one has consumed anything.

#include <sys/resource.h>

#include <cstdlib>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/session.h"
#include "runtime/pipeline/shell/state_directory.h"

namespace millrace::cli {
namespace {

// A pipeline holds about a dozen descriptors, and the usual soft limit of 1,024 is there for programs that use
// select(), which none here does: without this the hundredth pipeline would get no socket.
void use_all_file_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_command(const RunOptions& options) {
  Signals signals;  // before any thread
  use_all_file_descriptors();
  StatusLine line(StatusLine::wanted(options.host.log_as_text));
  observe::LogOptions log_options = options.host.log;
  log_options.write = [&line](std::string_view text) { line.print(text); };
  const observe::Logger log = observe::make_logger(log_options);

  const Plugins plugins = load_plugins(options.host);
  warn_about_plugins(plugins.scan);
  Checked checked = check_pipelines(options.files, plugins.scan.catalogue);
  for (const Diagnostic& diagnostic : checked.diagnostics) say(diagnostic.to_string());
  if (has_errors(checked.diagnostics)) return kExitConfiguration;

  const auto state = pipeline::prepare_state_directory(options.host.state_directory,
                                                       [](const char* name) { return std::getenv(name); });
  if (!state.ok()) {
    say(state.status().to_string());
    return kExitConfiguration;
  }

  const SystemClock clock;
  pipeline::Host host({.catalogue = plugins.scan.catalogue, .clock = clock, .log = log, .state_directory = *state});
  for (config::PipelineSpec& spec : checked.specs) {
    if (const Status added = host.add(std::move(spec)); !added.ok()) {
      say(added.to_string());
      return kExitConfiguration;
    }
  }
  if (host.size() == 0) {
    say("there is nothing to run: no pipeline of these files has `enabled: true`");
    return kExitConfiguration;
  }
  if (const Status started = host.start(); !started.ok()) {
    say(started.to_string());
    return kExitConfiguration;
  }
  run_session(host, signals, line, clock, log);
  return kExitOk;
}

}  // namespace millrace::cli
