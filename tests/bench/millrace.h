// Millrace: the built program running pipelines of ours, to be measured.
//
// Files, state and log live in a folder that is gone with the object; so is the process. The binary is the build's;
// $MILLRACE_BINARY names another one.
//
// Start from the main thread (see tests/e2e/kafka/process.h).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/kafka/process.h"
#include "tests/e2e/kafka/temporary_folder.h"

namespace millrace::bench {

// The parts of a pipeline that cells vary.
struct PipelineText {
  std::string name = "bench";
  std::string brokers = {}, topic = {};
  std::string authority = {};   // PEM file of the brokers' root; turns TLS on
  std::string sink = "lambda";  // lambda, grpc, grpc-stream
  std::string endpoint = {};
  bool sign = false, filter = false;
  int batch = 1000, in_flight = 5;
  std::string window = "500ms";
  std::string starting_position = "TRIM_HORIZON";
  std::string yaml() const;
};

class Millrace {
 public:
  explicit Millrace(const std::vector<PipelineText>& pipelines);

  pid_t pid() const { return process_->pid(); }
  bool is_running() { return process_->is_running(); }
  std::string log() const { return process_->output(); }
  std::string tail() const { return process_->tail(20); }

  // SIGTERM; throws when it does not end in good order.
  void stop(std::chrono::seconds limit = std::chrono::seconds(60));

  // The partitions that its log says were assigned, over all pipelines.
  std::size_t assigned() const;

 private:
  e2e::TemporaryFolder folder_;
  std::unique_ptr<e2e::Process> process_;
};

}  // namespace millrace::bench
