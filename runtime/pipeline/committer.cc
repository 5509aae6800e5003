// Commit cadence and durability. See committer.h.
#include "runtime/pipeline/committer.h"

#include <algorithm>

namespace millrace::pipeline {

void Committer::list(Stream& stream) {
  if (stream.dirty || stream.tracker.watermark() <= stream.requested) return;
  stream.dirty = true;
  dirty_.push_back(stream.id);
}

void Committer::moved(Stream& stream, std::uint64_t records, Time now) {
  uncommitted_ += records;
  if (!stream.tracker.known() || stream.tracker.watermark() <= std::max(stream.requested, stream.committed)) return;
  stream.moved = true;
  if (uncommitted_since_ == kNever) uncommitted_since_ = now;
  list(stream);
}

void Committer::fail(Time now) {
  ++failures_;
  for (const Mark& mark : outstanding_->marks) {
    Stream* stream = streams_.find(mark.stream);
    if (stream == nullptr) continue;
    stream->requested = stream->committed;
    list(*stream);
  }
  outstanding_.reset();
  next_ = now + interval_;
  if (dirty_.empty()) uncommitted_since_ = kNever;  // the streams are gone, and with them what was to be committed
}

bool Committer::answered(CommitId commit, bool ok, Time now) {
  if (!outstanding_ || outstanding_->id != commit) return false;
  if (!ok) fail(now);
  return true;
}

void Committer::plan(Time now, Actions& actions) {
  if (outstanding_) {
    const bool durable = std::all_of(outstanding_->marks.begin(), outstanding_->marks.end(), [&](const Mark& mark) {
      const Stream* stream = streams_.find(mark.stream);
      return stream == nullptr || stream->committed >= mark.next;
    });
    if (durable) {
      uncommitted_ -= std::min(uncommitted_, outstanding_->records);
      uncommitted_since_ = dirty_.empty() ? kNever : outstanding_->issued;
      outstanding_.reset();
    } else if (now >= outstanding_->issued + timeout_) {
      fail(now);
    }
  }
  if (outstanding_ || dirty_.empty() || now < next_) return;
  std::vector<Mark> marks;
  for (StreamId id : dirty_) {
    Stream* stream = streams_.find(id);
    if (stream == nullptr) continue;
    stream->dirty = false;
    if (stream->tracker.watermark() <= std::max(stream->requested, stream->committed)) continue;
    stream->requested = stream->tracker.watermark();
    marks.push_back({id, stream->requested});
  }
  dirty_.clear();
  if (marks.empty()) {
    uncommitted_since_ = kNever;
    uncommitted_ = 0;
    return;
  }
  ++commits_;
  next_ = now + interval_;
  outstanding_ = Outstanding{++last_id_, marks, now, uncommitted_};
  actions.push_back(Commit{last_id_, std::move(marks), 0});
}

Time Committer::next_wake() const {
  if (outstanding_) return outstanding_->issued + timeout_;
  return dirty_.empty() ? kNever : next_;
}

CommitId Committer::order_final(std::span<const StreamId> streams, Time deadline, Actions& actions) {
  std::vector<Mark> marks;
  for (StreamId id : streams) {
    Stream* stream = streams_.find(id);
    if (stream == nullptr || !stream->moved || stream->tracker.watermark() <= stream->committed) continue;
    stream->requested = std::max(stream->requested, stream->tracker.watermark());
    marks.push_back({id, stream->tracker.watermark()});
  }
  if (marks.empty()) return 0;
  ++commits_;
  actions.push_back(Commit{++last_id_, std::move(marks), deadline});
  return last_id_;
}

}  // namespace millrace::pipeline
