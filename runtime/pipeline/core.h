// The delivery core: decides what is polled, cut, encoded, submitted, retried, dead-lettered and committed.
//
// A pure state machine: events and the time go in, actions come out; no thread, socket, clock, record byte or Kafka
// inside. The same events at the same times with the same seed give the same actions, so the simulation drives the very
// code that ships. Its one promise: a position is committed only when every record before it was delivered, filtered or
// dead-lettered, in the same assignment.
//
// The shell's loop (PollerThread):
//
//   for (;;) {
//     for (each event in the inbox) core.on(event, now, actions);      // Answered, Spooled, SpoolFailed, Lease, Stop
//     while (actions are left) perform the first one; feed what answers it at once with core.on(…, actions);
//     core.on(Tick{}, now, actions);                                   // only when no action is left
//     if (the only action is Poll) poll, filter, feed its events;      // the end of a turn
//     if (it was Stopped) break;
//   }
//
// Only Tick plans: timers, cuts, resubmissions, pauses, commits. A Tick either orders work, or, when there is none left
// to order now, exactly one Poll; so the shell keeps ticking until it gets a Poll, and polls come even with zero
// credit. Poll carries `until` = min(next_wake(), now + poll_wait). Other events order direct consequences only
// (Encoded → Submit).
//
// Life of a request:  Encode → Encoded → Submit → Answered ─┬ done ───────────────────────────→ Discard
//   (a slot is taken from Encode to Answered; waiting       ├ retry, busy, blocked → waits → (Encode →) Submit
//   holds the streams, not the slot)                        ├ partial → as retry, with the failed records only
//                                                           ├ too large → Encode with half the records; one: Spool
//                                                           └ reject → Spool → Spooled → Discard
//   A request over several streams that fails with kRetry, or with kBusy twice in a row without retry_after, is
//   discarded and each stream's part becomes a request of its own: no attempt is used. kBlocked stops the pipeline but
//   for one probe at maximum back-off. What an encoder leaves goes back to the head of its streams, not in flight. A
//   stream never has two requests at once.
//
// Revoke: drops of the streams whatever is not in flight; waits; Commit with deadline; ReleaseStreams. Stop: the same
// for all streams, then Stopped; polls go on with zero credit meanwhile. After Stopped the core orders nothing more.
//
// Confined to the poller's thread.
#pragma once

#include <memory>
#include <optional>

#include "runtime/pipeline/action.h"
#include "runtime/pipeline/event.h"

namespace millrace::pipeline {

struct CoreConfig {
  std::uint32_t batch_size = 100;              // batch.size
  Duration batch_window = 500 * kMillisecond;  // batch.window: how long a record may wait for company
  std::uint64_t batch_bytes = 6ull << 20;      // batch.bytes: where a batch is cut
  std::uint64_t sink_max_bytes = 6ull << 20;   // mr_sink.limits: a record alone above this is dead-lettered
  std::uint32_t sink_max_records = 0;          // 0: no limit
  std::uint32_t max_in_flight = 5;             // request slots, until a Lease says otherwise
  std::uint64_t memory = 128ull << 20;         // bytes of batches, copies and bodies, until a Lease says otherwise
  Duration commit_interval = kSecond;
  Duration commit_timeout = 10 * kSecond;   // a commit without deadline that was not seen by then is ordered again
  Duration commit_deadline = 10 * kSecond;  // of the final commit at revoke and stop
  Duration commit_alarm = 60 * kSecond;     // Health kCommit when the oldest uncommitted watermark is older
  std::uint64_t max_uncommitted = 0;  // finished records while kCommit is raised, then no credit; 0: 20 × batch_size
  Duration drain_timeout = 20 * kSecond;
  Duration backoff_initial = 100 * kMillisecond;  // full jitter: a wait is uniform in (0, min(maximum, initial × 2^n)]
  Duration backoff_maximum = 30 * kSecond;
  Duration body_keep = kSecond;  // a request that waits longer gives its body back
  Duration poll_wait = kSecond;
  std::uint32_t poll_records = 0;  // most records a poll may bring; 0: max(batch_size, 500)
  std::uint64_t seed = 1;          // of the jitter
};

struct Counters {                                                     // since the core was made; all monotone
  std::uint64_t read = 0, filtered = 0, delivered = 0, rejected = 0;  // records; rejected: durable in the spool
  std::uint64_t retried = 0;                                          // records submitted again
  std::uint64_t dropped = 0;         // records let go at revoke, loss or stop: somebody reads them again
  std::uint64_t not_replayable = 0;  // unfinished records that the log's start has passed
  std::uint64_t requests = 0, submissions = 0, splits = 0;
  std::uint64_t late_answers = 0;  // for a ticket that was answered already, or a request that is over
  std::uint64_t stale = 0;         // completions of an assignment that is gone
  std::uint64_t bad_partials = 0;  // partial answers whose indexes made no sense
  std::uint64_t out_of_order = 0;  // polled records at or before one that came earlier: a bug of the source
  std::uint64_t commits = 0, commit_failures = 0;
};

class Core {
 public:
  explicit Core(const CoreConfig& config);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Appends to `actions`, never clears it. `now` never goes back.
  void on(const Event& event, Time now, Actions& actions);

  // When a Tick has something to do though no event came; kNever when it has not.
  Time next_wake() const;

  // For metrics and tests.
  const Counters& counters() const;
  std::uint32_t in_flight() const;                           // slots taken
  std::uint64_t credit() const;                              // bytes that may still be polled
  std::optional<Position> watermark(StreamId stream) const;  // lowest unfinished position, when one is known
  std::uint64_t unfinished() const;                          // kept records held

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::pipeline
