// A poller: one source instance, one core, and the thread that runs them both.
//
// Everything of a record's life but the sink's own work happens on this thread: poll, filter, cut, encode, submit,
// commit. Others reach it only through its inbox. It decides nothing about delivery: it performs what the core orders
// and tells the core what came of it.
//
// Made, started and stopped by Pipeline, which owns the instances and outlives the poller. Thread-safe where a member
// says so; the rest is confined to the thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/observe/health.h"
#include "runtime/observe/log.h"
#include "runtime/pipeline/core.h"
#include "runtime/pipeline/shell/batch_store.h"
#include "runtime/pipeline/shell/dead_letter_spool.h"
#include "runtime/pipeline/shell/filter_chain.h"
#include "runtime/pipeline/shell/inbox.h"
#include "runtime/pipeline/shell/request_table.h"
#include "runtime/plugin/executor.h"
#include "runtime/plugin/instance.h"

namespace millrace::pipeline {

// A copy of what the poller knows, a tenth of a second old at most while it runs.
struct PollerStatus {
  Counters counters;
  std::uint32_t in_flight = 0;
  std::uint64_t unfinished = 0;  // records held
  std::uint64_t held_bytes = 0;  // memory budget in use
  std::uint32_t streams = 0;     // assigned
  std::int64_t lag = -1;         // records between the watermarks and the ends of the logs; -1: not known yet
  bool stopped = false;
  Stopped result;  // once stopped
};

class Poller final : private plugin::StreamsListener {
 public:
  // Makes a source instance that reports to the given listener; called again when a source must be rebuilt.
  using MakeSource =
      std::function<Result<std::unique_ptr<plugin::SourceInstance>>(plugin::StreamsListener&, observe::Problem*)>;

  struct Parts {
    std::string pipeline;
    CoreConfig core;
    MakeSource make_source;
    FilterChain& filters;
    plugin::EncoderInstance& encoder;
    plugin::SinkInstance& sink;
    DeadLetterSpool& spool;
    plugin::Executor& executor;
    observe::HealthRegistry& health;
    observe::Logger log;
    const Clock& clock;
    std::string function;           // what dead letters call the sink's target
    std::string bootstrap_servers;  // for dead letters when a batch does not say
  };

  explicit Poller(Parts parts);
  ~Poller() override;  // stop must have been asked for and join() returned, or start() never called
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Creates and starts the source, then the thread.
  Status create(observe::Problem* why);
  Status start(observe::Problem* why);
  // [any thread] Drain, commit, stop polling. Returns at once.
  void request_stop();
  // Waits for the thread; then stops the source. The sink must be stopped before the poller is destroyed.
  void join();
  // After the sink has been stopped: releases every batch, stops and destroys the source.
  void finish(std::uint64_t deadline_ns);
  // [any thread]
  PollerStatus status() const;

 private:
  struct SourceEvent {  // a StreamsListener call, kept until poll() has returned
    enum class Kind { kAssigned, kRevoke, kLost, kReport } kind;
    std::vector<std::uint64_t> ids = {};
    std::vector<StreamReport> reports = {};
    std::uint64_t deadline_ns = 0;
  };
  struct StreamState {
    std::shared_ptr<const StreamName> name;
    Position polled = -1;  // next position after what was polled
    StreamReport report;
  };

  // plugin::StreamsListener
  void assigned(std::span<const mr_stream> streams, std::uint32_t streams_in_all) override;
  void revoke(std::span<const std::uint64_t> stream_ids, std::uint64_t deadline_ns) override;
  void lost(std::span<const std::uint64_t> stream_ids) override;
  void report(std::span<const mr_stream_state> states) override;

  void run();
  void drain_inbox();
  void on(const Event& event) { core_.on(event, parts_.clock.now_ns(), actions_); }
  void perform_all();
  void perform(Action& action);
  void poll(const Poll& order);
  void feed_source_events(bool reports);
  void take_batch(const mr_batch& batch);
  void filter_and_tell(BatchId id);
  void encode(const Encode& order);
  Cut cut_after(std::span<const Slice> slices, std::uint32_t kept) const;
  void submit(const Submit& order);
  void answered(const SinkAnswer& answer);
  void spool(const Spool& order);
  DeadLetter dead_letter(const Slice& slice, std::uint32_t index, const Request* request, SpoolReason reason) const;
  void commit(const Commit& order);
  void health(const Health& change);
  void lose_source(const observe::Problem& why);
  void wait_for_source(std::uint64_t wait_ns);
  std::uint32_t raw_index(const Request& request, std::uint32_t index) const;
  void wake();
  void publish(bool now);
  std::int64_t lag() const;

  Parts parts_;
  Core core_;
  Actions actions_;
  BatchStore batches_;
  RequestTable requests_;
  Inbox inbox_;
  std::vector<Note> notes_;  // the drained inbox
  std::vector<Run> runs_;
  std::vector<RecordRun> record_runs_;
  std::vector<SourceEvent> events_;
  std::unordered_map<StreamId, StreamState> streams_;
  std::map<std::string, std::uint32_t> topics_;  // numbers for the core
  std::vector<mr_field> attributes_;             // of the source's batches, in memory of ours
  std::vector<std::string> attribute_texts_;
  plugin::Executor::Owner tasks_;

  std::uint32_t failures_in_a_row_ = 0;  // answers of the sink that were not done
  bool sink_degraded_ = false;
  SinkAnswer last_failure_;
  Status last_spool_failure_;
  observe::Problem last_filter_problem_, last_encoder_problem_, last_commit_problem_;
  observe::Logger failure_log_;  // limited: one line for a failed request, not for each of thousands

  std::mutex source_mutex_;  // guards source_ against wake() while it is being replaced
  std::unique_ptr<plugin::SourceInstance> source_;
  std::condition_variable no_source_wake_;
  std::uint64_t next_rebuild_ns_ = 0;
  std::atomic<bool> stop_requested_{false};
  bool stop_told_ = false;
  bool stopped_ = false;
  Stopped result_;
  std::uint64_t published_ns_ = 0;

  mutable std::mutex status_mutex_;
  PollerStatus status_;  // guarded by status_mutex_

  std::thread thread_;
};

}  // namespace millrace::pipeline
