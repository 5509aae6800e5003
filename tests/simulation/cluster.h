// The model cluster: logs with holes, who owns which partition, committed offsets; and the ledger of every record's
// fate, against which the invariants are judged.
//
// The ledger knows what really happened at the function, not what a host believes.
//
//   I2 nothing invented     a delivered record is in the log it is said to be from, is data, and was not aborted
//   I3 exactly one fate     within one assignment nothing is both acknowledged and dead-lettered; nothing that the
//   filter
//                           oracle drops is delivered
//   I4 order                within one assignment first submissions follow the log without a gap; nothing newer is
//                           submitted while something older of the stream has no fate yet
//   I5 commit safety        committed <= lowest record without a fate, at every commit
//   I6 monotone             committed never goes back
//   I7 duplicates           a record is delivered twice only where a fault excuses it
//
// Confined to its world.
#pragma once

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/pipeline/slice.h"

namespace millrace::simulation {

using pipeline::Position;
using pipeline::StreamId;
using pipeline::Time;

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Record {
  enum class Kind { kData, kAborted, kControl };
  int partition = 0;
  Position position = 0;
  Kind kind = Kind::kData;
  bool passes = true;  // the filter oracle's verdict
  std::uint32_t size = 0;

  bool delivered = false, dead = false, gap = false, truncated = false;  // fates
  bool expired = false;  // a reader skipped it because the log begins later
  bool excused = false;  // may be delivered once more
  StreamId acknowledged_in = 0, dead_in = 0;
  bool has_fate() const { return kind != Kind::kData || !passes || delivered || dead || gap; }
};

struct Partition {
  int number = 0;
  std::vector<Record*> log;  // by position, with holes
  Position start = 0, end = 0;
  Position committed = -1;
  StreamId owner = 0;  // the assignment that may commit; 0: nobody
  std::uint64_t owner_host = 0;
  std::size_t safe = 0;  // index of the lowest record without a fate, at most
  bool moving = false;   // being revoked or reassigned

  std::size_t index_of(Position position) const;  // of the first record at or after it
  Position lowest_without_fate();
};

// One assignment as the ledger follows it.
struct Assignment {
  Partition* partition = nullptr;
  std::size_t next_first = 0;  // index of the next record that may be submitted for the first time
  std::vector<Record*> open;   // submitted, without a fate that the host knows of
  Position highest = -1;       // submitted
  bool lenient = false;        // its log was truncated under it: order is not judged any more
};

class Cluster {
 public:
  explicit Cluster(int partitions);

  Partition& partition(int number) { return partitions_[static_cast<std::size_t>(number)]; }
  std::deque<Partition>& partitions() { return partitions_; }

  Record& append(Partition& partition, Record::Kind kind, bool passes, std::uint32_t size, Position hole);
  void truncate(Partition& partition, std::size_t records);
  // A reader at `from` finds the log's start beyond it: what it skips can never be delivered.
  Position skip_expired(Partition& partition, Position from);

  StreamId assign(Partition& partition, std::uint64_t host);  // the new assignment's id
  Assignment& assignment(StreamId id) { return assignments_.at(id); }

  // What happens to records. All check.
  void submitted(StreamId stream, const std::vector<Record*>& records);
  void delivered(StreamId stream, Record& record, bool excused);  // the function did its work
  void acknowledged(StreamId stream, Record& record);             // the host was told
  void dead_lettered(StreamId stream, Record& record);
  bool commit(StreamId stream, Position next);  // false: fenced
  // From now on the records that this assignment submitted and did not get committed may come again.
  void excuse(StreamId stream);

  Position start_of(const Partition& partition) const { return partition.committed >= 0 ? partition.committed : 0; }
  bool caught_up() const;
  void check_no_loss();  // I1

  std::uint64_t delivered_count = 0, duplicate_count = 0, dead_count = 0, gap_count = 0;

 private:
  std::deque<Partition> partitions_;
  std::deque<Record> records_;
  std::unordered_map<StreamId, Assignment> assignments_;
  StreamId last_stream_ = 0;
};

}  // namespace millrace::simulation
