// `millrace dev`: a pipeline with everything around it inside the process.
//
// What runs is the host of `millrace run`; this file starts the demonstration around it, shows what it does and says at
// the end how to do the same with a cluster of one's own.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/session.h"
#include "runtime/dev/default_pipeline.h"
#include "runtime/dev/demo.h"

namespace millrace::cli {
namespace {

// A state directory that nobody needs afterwards.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::error_code error;
    std::string pattern = (std::filesystem::temp_directory_path(error) / "millrace-dev-XXXXXX").string();
    if (!error && mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }  // "" when none could be made

 private:
  std::filesystem::path path_;
};

config::PipelineLoad load(const DevOptions& options, const plugin::Catalogue& catalogue) {
  const config::Environment environment = config::process_environment();
  return options.pipeline.empty() ? config::parse_pipeline(dev::default_pipeline(), "filtered_orders.yaml (built in)",
                                                           catalogue, environment)
                                  : config::load_pipeline(options.pipeline, catalogue, environment);
}

int exit_code(const Status& status) {
  return status.code() == Code::kInvalidArgument || status.code() == Code::kFailedPrecondition ? kExitConfiguration
                                                                                               : kExitFailed;
}

// Where the ready pipelines are: beside an installed or built binary, else as in the source tree.
std::string ready_pipeline(const std::string& name) {
  std::error_code error;
  const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe", error);
  if (std::filesystem::exists("pipelines/" + name, error)) return "pipelines/" + name;
  const auto installed = (binary.parent_path() / ".." / "share" / "millrace" / "pipelines" / name).lexically_normal();
  return std::filesystem::exists(installed, error) ? installed.string() : "pipelines/" + name;
}

std::string introduction(const DevOptions& options, const dev::Demo& demo) {
  std::string text = "Running " +
                     (options.pipeline.empty() ? "the built-in pipeline filtered_orders.yaml" : options.pipeline) +
                     "; replaced in it:";
  for (const std::string& replaced : demo.replaced()) text += "\n  " + replaced;
  if (!options.once)
    text += "\nThe broker answers at " + demo.bootstrap_servers() + " until you press Ctrl-C; orders arrive " +
            std::to_string(dev::Demo::kOrdersPerSecond) + " a second.";
  return text;
}

}  // namespace

int dev_command(const DevOptions& options) {
  Signals signals;  // before any thread is there
  StatusLine line(false);
  const SystemClock clock;
  HostSettings settings = options.host;
  // The events are what a newcomer came to see; MILLRACE_LOG=info brings the log back.
  if (std::getenv("MILLRACE_LOG") == nullptr) settings.log.level = std::max(settings.log.level, observe::Level::kWarn);
  settings.log.write = [&line](std::string_view text) { line.print(text); };
  const observe::Logger log = observe::make_logger(settings.log);

  const Plugins plugins = load_plugins(settings);
  warn_about_plugins(plugins.scan);
  const plugin::Catalogue& catalogue = plugins.scan.catalogue;
  config::PipelineLoad loaded = load(options, catalogue);
  for (const Diagnostic& diagnostic : loaded.diagnostics) say(diagnostic.to_string());
  if (!loaded.spec) return kExitConfiguration;

  const TemporaryDirectory state;
  if (state.path().empty()) {
    say("MR7001: no temporary directory can be made for the state of `millrace dev`\n  Point TMPDIR at a directory "
        "that this user may write in.");
    return kExitConfiguration;
  }
  auto demo = dev::Demo::start(std::move(*loaded.spec),
                               {.endpoint = options.endpoint,
                                .once = options.once,
                                .print_event = [](std::string_view event) { answer(std::string(event) + "\n"); },
                                .clock = clock},
                               catalogue);
  if (!demo.ok()) {
    say(demo.status().to_string());
    return exit_code(demo.status());
  }
  line.print(introduction(options, **demo));

  pipeline::Host host({.catalogue = catalogue, .clock = clock, .log = log, .state_directory = state.path()});
  if (Status added = host.add((*demo)->take_spec()); !added.ok()) {
    say(added.to_string());
    return exit_code(added);
  }
  if (Status started = host.start(); !started.ok()) {
    say(started.to_string());
    return kExitFailed;
  }
  run_session(host, signals, line, clock, log, [&] { return (*demo)->step(host.status().front()); });
  (*demo)->stop_feeding();

  const bool is_written = answer((*demo)->summary(host.status().front()) + "\n");
  if (!(*demo)->failure().empty()) {
    say((*demo)->failure());
    return kExitFailed;
  }
  const bool is_told =
      answer("Your own cluster and function:\n  KAFKA=broker-1:9092 TOPIC=orders FUNCTION=my-function millrace run " +
             ready_pipeline("kafka_to_lambda.yaml") + "\n");
  return is_written && is_told ? kExitOk : kExitFailed;
}

}  // namespace millrace::cli
