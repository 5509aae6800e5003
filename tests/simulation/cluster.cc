// Logs, ownership, commits and the checks I1 to I7. See cluster.h.
#include "tests/simulation/cluster.h"

#include <algorithm>

namespace millrace::simulation {
namespace {
std::string at(const Record& record) {
  return "partition " + std::to_string(record.partition) + " offset " + std::to_string(record.position);
}
}  // namespace

std::size_t Partition::index_of(Position position) const {
  return static_cast<std::size_t>(
      std::lower_bound(log.begin(), log.end(), position, [](const Record* r, Position p) { return r->position < p; }) -
      log.begin());
}

Position Partition::lowest_without_fate() {
  while (safe < log.size() && log[safe]->has_fate()) ++safe;
  return safe < log.size() ? log[safe]->position : end;
}

Cluster::Cluster(int partitions) {
  for (int i = 0; i < partitions; ++i) {
    partitions_.emplace_back();
    partitions_.back().number = i;
  }
}

Record& Cluster::append(Partition& partition, Record::Kind kind, bool passes, std::uint32_t size, Position hole) {
  Record& record = records_.emplace_back();
  record.partition = partition.number;
  record.position = partition.end + hole;
  record.kind = kind;
  record.passes = passes;
  record.size = size;
  partition.log.push_back(&record);
  partition.end = record.position + 1;
  return record;
}

void Cluster::truncate(Partition& partition, std::size_t records) {
  for (; records > 0 && !partition.log.empty() && partition.log.back()->position >= partition.start; --records) {
    partition.end = partition.log.back()->position;
    partition.log.back()->truncated = true;
    partition.log.pop_back();
  }
  partition.safe = std::min(partition.safe, partition.log.size());
  partition.committed = std::min(partition.committed, partition.end);  // the group is reset to the new end
}

Position Cluster::skip_expired(Partition& partition, Position from) {
  if (from >= partition.start) return from;
  for (std::size_t i = partition.index_of(from);
       i < partition.log.size() && partition.log[i]->position < partition.start; ++i) {
    partition.log[i]->expired = true;
    if (partition.log[i]->has_fate()) continue;
    partition.log[i]->gap = true;
    ++gap_count;
  }
  return partition.start;
}

StreamId Cluster::assign(Partition& partition, std::uint64_t host) {
  const StreamId id = ++last_stream_;
  partition.owner = id;
  partition.owner_host = host;
  const Position from = skip_expired(partition, start_of(partition));
  assignments_[id] = {&partition, partition.index_of(from), {}, -1, false};
  return id;
}

void Cluster::submitted(StreamId stream, const std::vector<Record*>& records) {
  Assignment& a = assignments_.at(stream);
  const std::vector<Record*>& log = a.partition->log;
  if (a.lenient) {
    for (Record* record : records)
      if (std::find(a.open.begin(), a.open.end(), record) == a.open.end()) a.open.push_back(record);
    return;
  }
  for (std::size_t i = 1; i < records.size(); ++i)
    if (records[i]->position <= records[i - 1]->position)
      throw Violation("I4: a request is not in order at " + at(*records[i]));
  for (Record* record : records) {
    if (record->partition != a.partition->number) throw Violation("I2: a record of another partition: " + at(*record));
    if (record->position <= a.highest) {  // again: must be one that has no fate
      if (std::find(a.open.begin(), a.open.end(), record) == a.open.end())
        throw Violation("I4: submitted again though it was finished: " + at(*record));
      continue;
    }
    // For the first time: everything older must be in this request or finished, and nothing may be skipped.
    for (const Record* older : a.open)
      if (std::find(records.begin(), records.end(), older) == records.end())
        throw Violation("I4: " + at(*record) + " overtakes offset " + std::to_string(older->position));
    while (a.next_first < log.size() && log[a.next_first]->position < record->position) {
      const Record* skipped = log[a.next_first];
      if (skipped->kind == Record::Kind::kData && skipped->passes && !skipped->dead && !skipped->expired)
        throw Violation("I4: " + at(*skipped) + " was skipped");
      ++a.next_first;
    }
    a.next_first = std::max(a.next_first, a.partition->index_of(record->position) + 1);
    a.highest = record->position;
  }
  for (Record* record : records)
    if (std::find(a.open.begin(), a.open.end(), record) == a.open.end()) a.open.push_back(record);
}

void Cluster::delivered(StreamId stream, Record& record, bool excused) {
  const Assignment& a = assignments_.at(stream);
  if (record.partition != a.partition->number || record.kind != Record::Kind::kData)
    throw Violation("I2: delivered what is not a record of the log: " + at(record));
  if (!record.passes) throw Violation("I3: delivered what the filter drops: " + at(record));
  ++delivered_count;
  if (a.partition->owner != stream) record.excused = true;  // a zombie: it was fenced and does not know it yet
  if (record.delivered) {
    ++duplicate_count;
    if (!record.excused) throw Violation("I7: delivered twice without a fault: " + at(record));
  }
  record.delivered = true;
  record.excused = record.excused || excused;
}

void Cluster::acknowledged(StreamId stream, Record& record) {
  if (record.dead_in == stream) throw Violation("I3: delivered and dead-lettered: " + at(record));
  record.acknowledged_in = stream;
  std::erase(assignments_.at(stream).open, &record);
}

void Cluster::dead_lettered(StreamId stream, Record& record) {
  if (record.acknowledged_in == stream) throw Violation("I3: dead-lettered after it was delivered: " + at(record));
  if (!record.passes || record.kind != Record::Kind::kData)
    throw Violation("I2: dead letter of no record: " + at(record));
  ++dead_count;
  record.dead = true;
  record.dead_in = stream;
  record.excused = true;  // where the assignment ends before the commit, the next owner starts anew
  std::erase(assignments_.at(stream).open, &record);
}

bool Cluster::commit(StreamId stream, Position next) {
  Partition& partition = *assignments_.at(stream).partition;
  if (partition.owner != stream) return false;
  if (next > partition.end)
    throw Violation("I5: committed beyond the end of partition " + std::to_string(partition.number));
  if (next < partition.committed)
    throw Violation("I6: committed went back from " + std::to_string(partition.committed) + " to " +
                    std::to_string(next));
  const Position safe = partition.lowest_without_fate();
  if (next > safe)
    throw Violation("I5: committed " + std::to_string(next) + " though offset " + std::to_string(safe) +
                    " of partition " + std::to_string(partition.number) + " has no fate");
  partition.committed = next;
  return true;
}

void Cluster::excuse(StreamId stream) {
  const Assignment& a = assignments_.at(stream);
  const Partition& partition = *a.partition;
  for (std::size_t i = partition.index_of(start_of(partition)); i < partition.log.size(); ++i) {
    if (partition.log[i]->position > a.highest) break;
    partition.log[i]->excused = true;
  }
  for (Record* record : a.open) record->excused = true;
}

bool Cluster::caught_up() const {  // trailing control records and aborted ones too
  return std::all_of(partitions_.begin(), partitions_.end(),
                     [](const Partition& p) { return p.end == 0 || p.committed >= p.end; });
}

void Cluster::check_no_loss() {
  for (Partition& partition : partitions_)
    if (partition.lowest_without_fate() != partition.end && partition.safe < partition.log.size())
      throw Violation("I1: lost: " + at(*partition.log[partition.safe]));
}

}  // namespace millrace::simulation
