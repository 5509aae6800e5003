// See source.h.
#include "tests/simulation/source.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/host.h"
#include "tests/simulation/world.h"

namespace millrace::simulation {

using pipeline::kMillisecond;
using pipeline::kSecond;

Source::Stream* Source::find(StreamId id) {
  auto at = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.id == id; });
  return at == streams_.end() ? nullptr : &*at;
}

void Source::assign(StreamId id, std::uint32_t topic) {
  Assignment& a = world_.cluster().assignment(id);
  for (Stream& old : streams_)  // a partition that comes back to its member: the old assignment ends first
    if (old.partition == a.partition) lose(old.id);
  streams_.push_back({id, topic, a.partition, a.next_first});
  assigned_.push_back({id, topic});
}

void Source::revoke(StreamId id, Time deadline) {
  revoked_.push_back(id);
  revoke_deadline_ = deadline;
}

void Source::lose(StreamId id) {
  if (Stream* stream = find(id); stream != nullptr && !stream->losing) {
    stream->losing = true;
    lost_.push_back(id);
  }
}

void Source::break_partition(const Partition& partition) {
  for (Stream& stream : streams_) {
    if (stream.partition != &partition) continue;
    stream.broken = true;
    world_.cluster().assignment(stream.id).lenient = true;
  }
}

bool Source::skip(Stream& stream) {
  if (stream.broken || stream.losing) return false;
  Partition& p = *stream.partition;
  if (stream.index < p.log.size() && p.log[stream.index]->position < p.start) {
    if (p.owner != stream.id) return false;  // a zombie at an expired offset gets nothing
    world_.cluster().skip_expired(p, p.log[stream.index]->position);
    stream.index = p.index_of(p.start);
  }
  while (stream.index < p.log.size() && p.log[stream.index]->kind != Record::Kind::kData) ++stream.index;
  return stream.index < p.log.size();
}

bool Source::has_something(std::uint32_t records) const {
  if (!assigned_.empty() || !revoked_.empty() || !lost_.empty() || report_now_) return true;
  if (records == 0) return false;
  return std::any_of(streams_.begin(), streams_.end(), [](const Stream& s) {
    return !s.paused && !s.broken && !s.losing && s.index < s.partition->log.size();
  });
}

std::uint64_t Source::take(Stream& stream, std::uint32_t most, std::uint64_t bytes, Polled& polled) {
  std::uint64_t taken = 0;
  for (std::uint32_t n = 0; n < most && skip(stream); ++n) {
    Record* record = stream.partition->log[stream.index];
    if (taken > 0 && taken + record->size > bytes) break;
    polled.items.push_back({record, stream.id, record->passes});
    taken += record->size;
    ++stream.index;
  }
  return taken;
}

Source::Polled Source::poll(std::uint32_t records, std::uint64_t bytes) {
  Random& random = world_.random();
  Polled polled;
  polled.assigned = std::exchange(assigned_, {});
  polled.revoked = std::exchange(revoked_, {});
  polled.lost = std::exchange(lost_, {});
  polled.revoke_deadline = revoke_deadline_;
  if (records > 0 && !streams_.empty()) {
    const bool mixed = random.chance(0.15);  // most sources return one stream; any may return several
    std::uint64_t size = 0;
    std::size_t tried = 0;
    for (; tried < streams_.size() && (size == 0 || (mixed && size < bytes)); ++tried) {
      Stream& stream = streams_[next_stream_++ % streams_.size()];
      if (stream.paused) continue;
      const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(records, random.between(1, 24)));
      size += take(stream, most, bytes, polled);
    }
    polled.retained = size * random.between(1, 12);  // a fetch buffer is shared with records that went elsewhere
  }
  report(polled);
  for (StreamId id : polled.lost) std::erase_if(streams_, [&](const Stream& s) { return s.id == id; });
  return polled;
}

void Source::report(Polled& polled) {
  if (!report_now_ && world_.now() < next_report_) return;
  report_now_ = false;
  next_report_ = world_.now() + kSecond;
  for (Stream& stream : streams_) {
    if (stream.broken || stream.losing) continue;
    skip(stream);
    const Partition& p = *stream.partition;
    const Position next = stream.index < p.log.size() ? p.log[stream.index]->position : p.end;
    polled.reports.push_back({stream.id, p.start, p.end, next, p.committed});
  }
  if (!world_.is(Fault::kReportsReordered)) return;
  std::swap(polled.reports, held_back_);  // the last one now, this one later
}

void Source::set_paused(const std::vector<StreamId>& ids, bool paused) {
  for (StreamId id : ids)
    if (Stream* stream = find(id)) stream->paused = paused;
}

void Source::apply(const std::vector<pipeline::Mark>& marks) {
  for (const pipeline::Mark& mark : marks) world_.cluster().commit(mark.stream, mark.next);
}

void Source::resolve(std::uint64_t id) {
  auto at = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) { return p.id == id; });
  if (at == pending_.end()) return;
  // One connection: nothing overtakes. What is before it was lost on the way.
  const Pending pending = *at;
  pending_.erase(pending_.begin(), at + 1);
  if (world_.is(Fault::kCommitRefused) && world_.random().chance(0.5)) return;
  apply(pending.marks);
  report_now_ = true;
}

void Source::commit(const std::vector<pipeline::Mark>& marks) {
  Random& random = world_.random();
  const std::uint64_t id = ++last_commit_;
  pending_.push_back({id, marks});
  const bool slow = world_.is(Fault::kCommitDelayed);
  const Time delay = slow ? random.between(kSecond, 8 * kSecond) : random.between(kMillisecond, 20 * kMillisecond);
  world_.after(delay, [&world = world_, host = host_, id] {
    if (Host* alive = world.host(host)) alive->commit_arrives(id);
  });
}

bool Source::commit_now(const std::vector<pipeline::Mark>& marks) {
  for (const pipeline::Mark& mark : marks)
    if (find(mark.stream) == nullptr)
      throw Violation("I5: a commit for stream " + std::to_string(mark.stream) + " after it was let go");
  while (!pending_.empty()) resolve(pending_.front().id);
  if (world_.is(Fault::kCommitRefused) && world_.random().chance(0.7)) return false;
  bool all = true;
  for (const pipeline::Mark& mark : marks) all = world_.cluster().commit(mark.stream, mark.next) && all;
  return all;
}

void Source::release(const std::vector<StreamId>& ids) {
  for (StreamId id : ids) {
    if (find(id) == nullptr) continue;
    std::erase_if(streams_, [&](const Stream& s) { return s.id == id; });
    std::erase_if(assigned_, [&](const pipeline::NewStream& s) { return s.id == id; });
    std::erase(revoked_, id);
    std::erase(lost_, id);
    world_.released(id);
  }
}

std::vector<StreamId> Source::streams() const {
  std::vector<StreamId> ids;
  for (const Stream& stream : streams_) ids.push_back(stream.id);
  return ids;
}

}  // namespace millrace::simulation
