// The pipelines of one process: made together, started together, drained together.
//
// Nothing starts unless every pipeline could be made. After start() a pipeline's trouble is its health and never the
// process's end.
//
// Used by `run` and `dev`. One thread; status() and request_stop(): any.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/pipeline/shell/pipeline.h"

namespace millrace::pipeline {

class Host {
 public:
  struct Options {
    const plugin::Catalogue& catalogue;
    const Clock& clock;
    observe::Logger log;
    std::filesystem::path state_directory;
    std::string host_id = {};
  };
  explicit Host(Options options);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // A pipeline with `enabled: false` is left out, with a line that says so.
  Status add(config::PipelineSpec spec);
  Status start();
  void request_stop();
  bool stopped() const;  // all of them
  void join();
  std::vector<PipelineStatus> status() const;
  std::size_t size() const noexcept { return pipelines_.size(); }

 private:
  observe::Logger log_;
  observe::MetricsRegistry metrics_;
  plugin::Executor executor_;
  HostParts parts_;
  std::vector<std::unique_ptr<Pipeline>> pipelines_;
};

}  // namespace millrace::pipeline
