// Committer: when watermarks are committed, and whether they become durable.
//
// One commit without deadline is outstanding at a time, and a stream's mark only ever rises, so nothing here can put an
// old position over a newer one. Durable is what the cluster reports, not what commit() returned.
//
// Confined to its core.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/pipeline/action.h"
#include "runtime/pipeline/stream_table.h"

namespace millrace::pipeline {

class Committer {
 public:
  Committer(StreamTable& streams, Duration interval, Duration timeout)
      : streams_(streams), interval_(interval), timeout_(timeout) {}

  // `records` of the stream were finished; its watermark may have moved.
  void moved(Stream& stream, std::uint64_t records, Time now);
  // The cluster has `committed`. An older value than was seen before is a late report and says nothing.
  void reported(Stream& stream, Position committed) {
    if (committed > stream.committed) stream.committed = committed;
  }
  // The answer to a Commit of plan(): false when the id is not its.
  bool answered(CommitId commit, bool ok, Time now);

  // Looks whether the outstanding commit is durable or overdue, and orders the next one when it is time.
  void plan(Time now, Actions& actions);
  Time next_wake() const;

  // Orders a commit with deadline for what these streams have finished and not yet durable. 0: there is nothing.
  CommitId order_final(std::span<const StreamId> streams, Time deadline, Actions& actions);

  Time uncommitted_since() const { return uncommitted_since_; }  // kNever: everything finished is durable
  std::uint64_t uncommitted() const { return uncommitted_; }  // records finished since the last durable commit, about
  std::uint64_t commits() const { return commits_; }
  std::uint64_t failures() const { return failures_; }
  void count_failure() { ++failures_; }

 private:
  struct Outstanding {
    CommitId id;
    std::vector<Mark> marks;
    Time issued;
    std::uint64_t records;
  };
  void list(Stream& stream);
  void fail(Time now);

  StreamTable& streams_;
  Duration interval_, timeout_;
  std::vector<StreamId> dirty_;
  std::optional<Outstanding> outstanding_;
  CommitId last_id_ = 0;
  Time next_ = 0;
  Time uncommitted_since_ = kNever;
  std::uint64_t uncommitted_ = 0, commits_ = 0, failures_ = 0;
};

}  // namespace millrace::pipeline
