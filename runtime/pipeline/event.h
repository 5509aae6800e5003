// Events: everything the core ever learns. The shell makes them on the poller's thread, one at a time.
//
// Spans are borrowed for the call of Core::on(). An event about something the core has let go of (a stream of an older
// assignment, a request that is over, a ticket that was answered already) is never an error: it is counted and ignored,
// so the shell need not look before it speaks.
//
// Used by the shell, which sends them, and by the simulation. Plain values.
#pragma once

#include <span>
#include <variant>

#include "runtime/pipeline/slice.h"

namespace millrace::pipeline {

// ---- the source, all raised inside poll() and fed to the core when poll() has returned, in this order: Assigned,
//      Revoking, Lost, then Polled or FilterFailed of the batch that poll() returned, then Reported. (Reported last:
//      its `next` may already count records of that batch.)

struct NewStream {
  StreamId id = 0;
  std::uint32_t topic = 0;  // any number that is equal for streams of one topic: a request never mixes topics
};
struct Assigned {  // mr_streams.assigned
  std::span<const NewStream> streams;
};

// mr_streams.revoke. The core drops what it has not submitted, waits for requests in flight until min(drain_timeout,
// deadline), orders a final Commit, then ReleaseStreams. Records of these streams that are polled meanwhile are
// dropped.
struct Revoking {
  std::span<const StreamId> streams;
  Time deadline = kNever;
};

struct Lost {  // mr_streams.lost: no commit and no ReleaseStreams follow
  std::span<const StreamId> streams;
};

// One poll batch, adopted by the shell's BatchStore and filtered. Runs in the batch's order; positions ascend within a
// stream, also from batch to batch. Every batch that came with Polled or FilterFailed ends with exactly one Release. A
// batch that the source returned empty is not sent. Also the answer to Refilter, with the same batch id.
struct Polled {
  BatchId batch = 0;
  std::uint64_t retained = 0;  // mr_batch.retained_bytes
  std::span<const Run> runs;
};

// A filter failed and the policy is `fail`: as Polled, with every record counted as kept. The core holds these streams
// at this place and orders Refilter after a back-off. (keep and drop are the shell's: it sends Polled.)
struct FilterFailed {
  BatchId batch = 0;
  std::uint64_t retained = 0;
  std::span<const Run> runs;
};

struct StreamReport {  // mr_stream_state; -1: not known
  StreamId stream = 0;
  Position begin = -1, end = -1, next = -1, committed = -1;
};
struct Reported {  // mr_streams.report
  std::span<const StreamReport> streams;
};

// ---- the encoder: exactly one of these three answers each Encode, at once, before the next event.

struct Encoded {  // some records were taken (at least one; none at all is EncodeFailed)
  RequestId request = 0;
  Cut taken;
  std::uint64_t body_bytes = 0;
};

// MR_OUT_OF_RANGE: the first kept record of what was offered does not fit the limits alone. `record` describes it as a
// Cut of slices[0]: count and bytes through that record and the filtered ones behind it, kept = 1; slice = 1 and the
// rest 0 when it is the only kept record of its slice.
struct Oversize {
  RequestId request = 0;
  Cut record;
};

struct EncodeFailed {  // any other failure: memory, a bug. The streams wait, health is broken.
  RequestId request = 0;
};

// ---- the sink

enum class Outcome : std::uint32_t {  // mr_result.outcome, cast as it is: an unknown number is taken as kRetry
  kDone = 0,
  kRetry = 1,
  kReject = 2,
  kPartial = 3,
  kBusy = 4,
  kBlocked = 5,
  kTooLarge = 6,
};

struct FailedRecord {
  std::uint32_t index = 0;  // as the sink gave it: within the request
  // Filled by the shell from the request's own record list. Not looked at where the record's batch was released with
  // its stream, nor when index is not less than the request's records (the core then takes the whole answer as kRetry,
  // as it does when indexes do not ascend).
  std::uint32_t record = 0;  // index in the poll batch
  Position position = 0;
};

// done() was called. The shell's Inbox keeps what done() said until the poller's thread comes for it; done() called
// inside submit(), twice, or after the request is over is sent like any other.
struct Answered {
  RequestId request = 0;
  Ticket ticket = 0;  // from Submit
  Outcome outcome = Outcome::kDone;
  Duration retry_after = 0;              // 0: the core chooses
  std::span<const FailedRecord> failed;  // kPartial only
};

// submit() did not take it, and no done() will come: the answer to Submit, at once. blocked: NOT_FOUND,
// PERMISSION_DENIED, UNAUTHENTICATED, UNIMPLEMENTED, INVALID_ARGUMENT, FAILED_PRECONDITION; else it counts as busy.
struct Refused {
  RequestId request = 0;
  Ticket ticket = 0;
  bool blocked = false;
};

// ---- the shell's own answers

struct Copied {  // answers Copy, at once. Could it not copy: the old figure
  BatchId batch = 0;
  std::uint64_t retained = 0;  // what the batch holds from now on
};
struct Spooled {  // answers Spool, later, from the executor: durable
  RequestId request = 0;
};
struct SpoolFailed {  // answers Spool: nothing could be written (full, no permission, I/O error). Ordered again later
  RequestId request = 0;
};

// Answers each Commit, at once. ok: commit() returned MR_OK. After a Commit without deadline that says only "taken";
// that it is durable is learnt from Reported.committed.
struct CommitAnswered {
  CommitId commit = 0;
  bool ok = false;
};

struct Lease {  // the pipeline gives this core so many request slots and bytes from now on; before: CoreConfig's
  std::uint32_t slots = 0;
  std::uint64_t bytes = 0;
};

struct Stop {};  // drain, commit, let go: see core.h
struct Tick {};  // nothing else to tell: plan, see core.h

using Event = std::variant<Tick, Polled, Answered, Encoded, Assigned, Revoking, Lost, FilterFailed, Reported, Oversize,
                           EncodeFailed, Refused, Copied, Spooled, SpoolFailed, CommitAnswered, Lease, Stop>;

}  // namespace millrace::pipeline
