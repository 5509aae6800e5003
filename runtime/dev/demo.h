// What surrounds the pipeline under `millrace dev`: broker, function and feeder, and when there has been enough.
//
// The pipeline runs in the ordinary host; the demonstration only watches its counters. Orders are fed once the pipeline
// has its partitions, so that it sees all of them whatever its starting position.
//
//   auto demo = Demo::start(std::move(spec), {...}, catalogue);
//   host.add((*demo)->take_spec());
//   host.start();
//   run_session(host, …, [&] { return (*demo)->step(host.status().front()); });
//   (*demo)->stop_feeding();
//   print((*demo)->summary(host.status().front()));
//
// Must outlive the host. Confined to the main thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"
#include "runtime/config/pipeline_spec.h"
#include "runtime/dev/dev_pipeline.h"
#include "runtime/dev/embedded_broker.h"
#include "runtime/dev/embedded_function.h"
#include "runtime/dev/event_printer.h"
#include "runtime/dev/feeder.h"
#include "runtime/pipeline/shell/pipeline.h"

namespace millrace::dev {

class Demo {
 public:
  static constexpr std::uint64_t kOrdersOnce = 200;
  static constexpr std::uint32_t kOrdersPerSecond = 20;
  static constexpr std::chrono::seconds kPatience{30};  // of a demonstration that is to end by itself

  struct Options {
    std::string endpoint;                               // "": the embedded function
    bool once = false;                                  // feed kOrdersOnce and be done with the last of them
    std::function<void(std::string_view)> print_event;  // whole lines; on the embedded function's thread
    const Clock& clock;
  };

  // Starts broker and function and points the pipeline at them.
  static Result<std::unique_ptr<Demo>> start(config::PipelineSpec spec, Options options,
                                             const config::ComponentSchemas& schemas);
  ~Demo();

  config::PipelineSpec take_spec() { return std::move(pointed_.spec); }
  const std::vector<std::string>& replaced() const { return pointed_.replaced; }
  const std::string& bootstrap_servers() const { return broker_->bootstrap_servers(); }

  // To be called every tenth of a second or so; true when there is nothing more to wait for.
  bool step(const pipeline::PipelineStatus& now);
  void stop_feeding();

  // "200 records produced: 131 filtered out, 69 delivered in 9 batches (9 requests, 0 of them retries)."
  std::string summary(const pipeline::PipelineStatus& now) const;
  // Why a demonstration that was to end by itself did not do what it should; empty when it did.
  const std::string& failure() const { return failure_; }

 private:
  explicit Demo(Options options) : options_(std::move(options)) {}
  static std::uint64_t finished(const pipeline::PipelineStatus& now);

  const Options options_;
  Pointed pointed_;
  std::vector<std::string> topics_;
  std::unique_ptr<EmbeddedBroker> broker_;
  std::unique_ptr<EventPrinter> printer_;
  std::unique_ptr<EmbeddedFunction> function_;
  std::atomic<std::uint64_t> finished_{0};  // records, as of the last step()
  std::unique_ptr<Feeder> feeder_;
  std::uint64_t give_up_ns_ = 0;
  std::string failure_;
  std::mutex feed_mutex_;
  std::string feed_failure_;  // guarded by feed_mutex_
};

}  // namespace millrace::dev
