// The core's inside: one class, its parts by value, its methods in five files by what they are about.
//
//   core.cc        the event switch, planning (Tick), polling, timers
//   admission.cc   records coming in and going out: Polled, filters, Reported, finish, drop
//   delivery.cc    a request's life: cut, encoding, submission, the spool, the end
//   answers.cc     what answers make of it: retries, halves, splits, partial failures
//   assignment.cc  streams coming and going: Assigned, Revoking, Lost, Stop
//
// Invariant: every kept record that is held is in exactly one piece, and that piece is in its stream's queue or in the
// request that is its stream's holder.
//
// Confined to the poller's thread.
#pragma once

#include "runtime/pipeline/backoff.h"
#include "runtime/pipeline/batcher.h"
#include "runtime/pipeline/committer.h"
#include "runtime/pipeline/core.h"
#include "runtime/pipeline/credit.h"
#include "runtime/pipeline/problems.h"
#include "runtime/pipeline/requests.h"

namespace millrace::pipeline {

class Core::Impl {
 public:
  explicit Impl(const CoreConfig& config);
  void on(const Event& event, Time now, Actions& actions);
  Time next_wake() const;

  Counters counters_;
  StreamTable streams_;
  Credit credit_;
  Requests requests_;
  std::uint64_t unfinished_ = 0;

 private:
  // core.cc
  void handle(const Tick&);
  void handle(const Lease&);
  void handle(const CommitAnswered&);
  void plan_pauses();
  void plan_alarm();
  void order_poll();
  bool starved() const;
  bool may_start() const;
  std::uint64_t window_bytes() const;
  bool wants_pause(const Stream& stream) const;
  void check_pause(Stream& stream);

  // admission.cc
  void handle(const Polled&);
  void handle(const FilterFailed&);
  void handle(const Reported&);
  void handle(const Copied&);
  void admit(const Run& run, BatchId batch, bool raw);
  void refiltered(const Polled&);
  void copy_survivors(BatchId batch, std::span<const Run> runs);
  void plan_refilters();
  void settle(const Piece& piece, std::uint64_t records);  // against its batch
  void finish(const Piece& piece, std::uint64_t& counter);
  void forget(Stream& stream, const Piece& piece);  // from the stream's window
  void drop(const Piece& piece);
  void drop_queue(Stream& stream);
  void count_not_replayable(Stream& stream, Position begin);

  // delivery.cc
  void handle(const Encoded&);
  void handle(const Oversize&);
  void handle(const EncodeFailed&);
  void handle(const Spooled&);
  void handle(const SpoolFailed&);
  void plan_requests();
  void plan_spools();
  void cut(std::uint32_t topic);
  void start(Request& request);
  void encode(Request& request);
  bool take(Request& request, const Cut& cut);  // leaves the taken pieces, gives the rest back
  void give_back(Request& request, std::vector<Piece> rest);
  void encoder_failed(Request& request);
  void spool(Request& request, SpoolReason reason);
  void order_spool(Request& request);
  void copy_batches(const Request& request);
  void free_body(Request& request);
  void end(Request& request);  // its pieces are gone: free the streams, discard
  void release_holders(const Request& request);

  // answers.cc
  void handle(const Answered&);
  void handle(const Refused&);
  Request* answered(RequestId id, Ticket ticket);
  void answer_blocked(Request& request, Duration retry_after);
  void settle_blocked(const Request& request, bool reached);
  enum class Partial { kSenseless, kOver, kLeft };
  Partial keep_failed(Request& request, std::span<const FailedRecord> failed);
  void failed(Request& request, bool may_split, Duration retry_after);
  bool prune(Request& request);  // of streams that are gone or leaving; false: nothing is left, it is over
  void split(Request& request);
  void wait(Request& request, Duration wait);
  void too_large(Request& request);

  // assignment.cc
  void handle(const Assigned&);
  void handle(const Revoking&);
  void handle(const Lost&);
  void handle(const Stop&);
  struct Drain {
    std::vector<StreamId> streams;
    Time deadline = kNever;
    CommitId commit = 0;  // ordered, not yet answered
  };
  void begin_drain(std::vector<StreamId> streams, Time deadline);
  void stop_admitting(Stream& stream);
  void withdraw(Stream& stream);  // from its holder, unless that is in flight or spooling
  void abandon(Stream& stream);   // from its holder, whatever that is doing
  bool drained(const Drain& drain);
  void plan_drains();
  void complete(Drain& drain);
  void finish_stop();

  CoreConfig config_;
  std::uint32_t batch_size_;  // of the config and of the sink, the smaller
  std::uint64_t batch_bytes_;
  Backoff backoff_;
  Batcher batcher_;
  Committer committer_;
  Problems problems_;
  std::vector<StreamId> pause_list_;
  std::vector<BatchId> raw_batches_;
  std::vector<Drain> drains_;
  std::uint32_t slots_;

  struct Blocked {
    bool on = false;
    RequestId probe = 0;  // in flight
    Time next = 0;
  } blocked_;

  struct Stopping {
    bool on = false, over = false, committed = true;
    Time deadline = kNever;
    std::uint64_t dropped_before = 0, abandoned = 0;
  } stop_;

  Time now_ = 0;  // of the event being handled
  Actions* out_ = nullptr;
};

}  // namespace millrace::pipeline
