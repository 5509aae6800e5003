// Host: the built `millrace` binary running one pipeline file, as a user starts it.
//
//   Host host({.bootstrap = kafka.bootstrap(), .sink = function.sink("my-function")});
//   host.start();
//   ...
//   EXPECT_EQ(host.stop(), 0) << host.log();
//
// State directory and pipeline file live in a folder of their own and survive kill() and start(). The binary comes from
// the build tree; $MILLRACE_BINARY names another one.
//
// Start from the main thread (see process.h).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/kafka/process.h"
#include "tests/e2e/kafka/temporary_folder.h"

namespace millrace::e2e {

// The parts of a pipeline file that the scenarios vary; text goes into the YAML as it stands.
struct Pipeline {
  std::string name = "orders";
  std::string bootstrap = {};  // comma separated
  std::string topic = "orders";
  std::string group = {};  // default: the name
  std::string session_timeout = "45s";
  std::string source = {};      // further lines of the source, "key: value\n" each
  std::string librdkafka = {};  // flow mapping without braces: "max.poll.interval.ms: 5000"
  std::string auth = {};        // flow sequence
  std::string filters = {};     // flow sequence
  std::string batch = "size: 100, window: 100ms";
  std::string sink = {};                  // flow mapping
  std::vector<std::string> plugins = {};  // files besides the host's own
  std::string delivery = "retry: {backoff: {initial: 100ms, maximum: 1s}}";

  std::string yaml() const;
};

class Host {
 public:
  explicit Host(Pipeline pipeline);

  void start();
  void kill();  // SIGKILL
  void signal(int number);

  // SIGTERM; the exit code, or -1 when it has not ended after `limit`.
  int stop(std::chrono::milliseconds limit = std::chrono::seconds(40));
  int wait(std::chrono::milliseconds limit);
  bool is_running() { return process_ && process_->is_running(); }

  // Waits until stderr or stdout holds `text`, after what was there when start() was last called.
  bool wait_for_log(const std::string& text, std::chrono::milliseconds limit = std::chrono::seconds(30));
  std::string log() const;                 // of all starts
  std::string tail(int lines = 20) const;  // its end, for messages
  std::string spool() const;               // the pipeline's dead-letter file
  const std::string& folder() const { return folder_.path(); }
  pid_t pid() const { return process_->pid(); }

 private:
  std::string log_path() const { return folder_.path() + "/log.txt"; }

  Pipeline pipeline_;
  TemporaryFolder folder_;
  std::size_t log_start_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace millrace::e2e
