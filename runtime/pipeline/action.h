// Actions: everything the core ever orders. The shell performs them in the order in which they were appended.
//
// Each comment says which event answers and when: "at once" means before any other event is fed to the core and before
// the next action is performed. No mention means no answer.
//
// Used by the shell, which performs them, and by the simulation. Plain values.
#pragma once

#include <variant>
#include <vector>

#include "runtime/pipeline/slice.h"

namespace millrace::pipeline {

// Call mr_source.poll(records, bytes, until - now). 0 records is "no credit": the poll keeps the session alive. Wakes
// early by interrupt(), which every done(), Spooled and signal calls. What comes of it: the events of event.h's first
// section. Always the only action of its Tick.
struct Poll {
  std::uint32_t records = 0;
  std::uint64_t bytes = 0;
  Time until = 0;
};

struct Pause {  // mr_source.set_paused
  std::vector<StreamId> streams;
  bool paused = true;
};

struct Limits {
  std::uint64_t max_bytes = 0;
  std::uint32_t max_records = 0;
};

// Encode these slices, in this order, into the body of `request`; an earlier body of it is replaced. The order inside a
// request is this list's: record i of the request is the i-th kept record that the encoder took. The slices may hold
// more kept records than max_records: assemble no more than those. Answered at once by Encoded, Oversize or
// EncodeFailed. What was not taken goes back to its stream: after a Cut the request consists of the taken slices only.
struct Encode {
  RequestId request = 0;
  std::vector<Slice> slices;
  Limits limits;
};

// Call mr_sink.submit. Refused answers at once when it was not taken; else Answered, once, at any time later (done()
// inside submit() goes through the inbox like any other). The body, records and streams of the request stay valid until
// done() was called, also after Discard: a request may be discarded while the sink still works on it.
struct Submit {
  RequestId request = 0;
  Ticket ticket = 0;
  std::uint32_t attempt = 1;  // mr_request.attempt: 1 + failures that counted
};

// Free the body: the request waits longer than is worth the memory. Encode comes again before the next Submit.
struct FreeBody {
  RequestId request = 0;
};

// The request is over: free its body and its record list as soon as no done() is owed for it. Exactly one for each
// request id that an Encode named.
struct Discard {
  RequestId request = 0;
};

enum class SpoolReason { kTooLarge, kRejected };  // MaximumPayloadSizeExceeded; the sink said MR_REJECT

// Write these records to the dead-letter spool on the executor, fsync, then Spooled or SpoolFailed; until then the
// batches are not released. The detail of the sink's last answer for `request` belongs into the letters.
struct Spool {
  RequestId request = 0;
  std::vector<Slice> slices;
  SpoolReason reason = SpoolReason::kTooLarge;
};

// Copy the kept records of this batch into memory of the host and release the source's batch; record indexes stay
// valid. Copied answers at once.
struct Copy {
  BatchId batch = 0;
};

// Run the filters over this batch again. Answered at once by Polled or FilterFailed with the same batch id.
struct Refilter {
  BatchId batch = 0;
};

struct Release {  // the core needs nothing more of this batch: call mr_batch.release
  BatchId batch = 0;
};

// mr_source.commit. deadline 0: soon is enough. Otherwise return when durable. CommitAnswered answers at once. Never
// two without deadline before the first is seen in Reported or given up.
struct Commit {
  CommitId commit = 0;
  std::vector<Mark> marks;
  Time deadline = 0;
};

struct ReleaseStreams {  // mr_source.release_streams
  std::vector<StreamId> streams;
};

enum class Problem {
  kFilter,   // FilterFailed: nothing of the stream passes
  kEncoder,  // EncodeFailed
  kBlocked,  // the sink says that a person must act; one probe at maximum back-off
  kSpool,    // a dead letter cannot be stored; its stream waits
  kCommit,   // watermarks have not become durable for commit_alarm
  kDrain,    // a revoke's or stop's deadline passed with requests in flight: they may be delivered twice
};

// A problem begins (raised) or is over. kDrain is raised only, each time. The shell turns it into an MR7xxx diagnostic
// and adds what it knows (the sink's last error text, the spool's path).
struct Health {
  Problem problem = Problem::kFilter;
  bool raised = true;
};

struct Stopped {                  // answers Stop, when everything else is ordered: the shell may stop the components
  std::uint64_t undelivered = 0;  // kept records that were polled and not finished; the next run reads them again
  std::uint64_t abandoned = 0;    // of these, in flight at the deadline: the only ones that may be delivered twice
  bool committed = true;          // the final commit was durable, or nothing was to be committed
};

using Action = std::variant<Poll, Encode, Submit, Discard, Release, Pause, Copy, FreeBody, Spool, Refilter, Commit,
                            ReleaseStreams, Health, Stopped>;
using Actions = std::vector<Action>;

}  // namespace millrace::pipeline
