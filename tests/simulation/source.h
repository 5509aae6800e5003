// The model source: one member of the group. Reads logs, skips what nobody may see, commits, reports, and learns of its
// assignments inside poll() only.
//
// It behaves as sdk.md's Source section allows, at its worst: reports come late and out of order, commits are slow,
// lost, or fenced.
#pragma once

#include <optional>
#include <vector>

#include "runtime/pipeline/action.h"
#include "runtime/pipeline/event.h"
#include "tests/simulation/cluster.h"

namespace millrace::simulation {

class World;

class Source {
 public:
  struct Item {
    Record* record;
    StreamId stream;
    bool kept;
  };
  struct Polled {
    std::vector<pipeline::NewStream> assigned;
    std::vector<StreamId> revoked, lost;
    Time revoke_deadline = 0;
    std::vector<Item> items;
    std::uint64_t retained = 0;
    std::vector<pipeline::StreamReport> reports;
  };

  Source(World& world, std::uint64_t host) : world_(world), host_(host) {}

  // ---- what the cluster does to it
  void assign(StreamId id, std::uint32_t topic);
  void revoke(StreamId id, Time deadline);
  void lose(StreamId id);
  void break_partition(const Partition& partition);  // the log was truncated under it: it reads no further

  // ---- what the shell calls
  Polled poll(std::uint32_t records, std::uint64_t bytes);
  void set_paused(const std::vector<StreamId>& ids, bool paused);
  void commit(const std::vector<pipeline::Mark>& marks);      // soon
  bool commit_now(const std::vector<pipeline::Mark>& marks);  // with deadline
  void release(const std::vector<StreamId>& ids);
  void resolve(std::uint64_t id);                   // a commit's answer came
  bool has_something(std::uint32_t records) const;  // a poll would return at once
  std::vector<StreamId> streams() const;

 private:
  struct Stream {
    StreamId id;
    std::uint32_t topic;
    Partition* partition;
    std::size_t index;  // of the next record in the log
    bool paused = false, broken = false, losing = false;
  };
  struct Pending {
    std::uint64_t id;
    std::vector<pipeline::Mark> marks;
  };
  Stream* find(StreamId id);
  bool skip(Stream& stream);  // to the next record to be read; false: there is none
  void apply(const std::vector<pipeline::Mark>& marks);
  void report(Polled& polled);
  std::uint64_t take(Stream& stream, std::uint32_t most, std::uint64_t bytes, Polled& polled);

  World& world_;
  std::uint64_t host_;
  std::vector<Stream> streams_;
  std::vector<pipeline::NewStream> assigned_;
  std::vector<StreamId> revoked_, lost_;
  Time revoke_deadline_ = 0;
  std::vector<Pending> pending_;  // commits under way, in order
  std::uint64_t last_commit_ = 0;
  std::size_t next_stream_ = 0;
  bool report_now_ = false;
  Time next_report_ = 0;
  std::vector<pipeline::StreamReport> held_back_;  // an old report, to come after a newer one
};

}  // namespace millrace::simulation
