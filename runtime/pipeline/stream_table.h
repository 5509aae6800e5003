// The streams that are ours, and the one place where a completion's assignment epoch is checked.
//
// A piece remembers the slot of its stream and the stream's id. Slots are used again, ids never are: resolve() answers
// only for the very assignment the piece was polled in, so a completion that comes after a partition was lost, or lost
// and regained, finds nothing and finishes nothing.
//
// Confined to its core. References to streams are stable until remove().
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "runtime/pipeline/tracker.h"

namespace millrace::pipeline {

// A slice with its positions. It covers [first_position, next_position): its records, and whatever lies between them
// and the next piece's first record and needs no work of its own (filtered, holes, finished by a partial answer).
struct Piece {
  Slice slice;
  std::uint32_t slot = 0;  // of slice.stream
  bool raw = false;        // its filter failed: not to be encoded before it was filtered again
  bool orphan = false;     // let go while in flight: its batch no longer counts on it
  Time arrived = 0;
  Position first_position = 0;
  Position next_position = 0;
};

struct Stream {
  StreamId id = 0;
  std::uint32_t slot = 0;
  std::uint32_t topic = 0;
  bool used = false;

  std::deque<Piece> queue;                             // waiting, in order
  RequestId holder = 0;                                // the one request that has pieces of this stream; 0: free
  std::uint64_t queued_records = 0, queued_bytes = 0;  // kept, in the queue
  std::uint64_t held_records = 0, held_bytes = 0;      // kept, in the queue or with the holder: the window

  Tracker tracker;
  Position committed = -1;  // as the cluster was last seen to have it
  Position requested = -1;  // the highest that a commit was ordered for
  bool dirty = false;       // listed by the committer
  bool moved = false;       // the watermark was raised by us at least once

  bool paused = false;
  bool pause_listed = false;
  bool draining = false;
  bool ready = false;    // listed by the batcher
  Time ready_since = 0;  // its key there

  std::uint32_t limit = 0;       // after MR_TOO_LARGE: most records a request of this stream may have,
  std::uint64_t limit_left = 0;  // for so many more of them
  Position log_start = -1;       // for not_replayable
};

class StreamTable {
 public:
  Stream& add(StreamId id, std::uint32_t topic);
  void remove(Stream& stream);

  Stream* find(StreamId id) {
    auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : &slots_[at->second];
  }
  const Stream* find(StreamId id) const { return const_cast<StreamTable*>(this)->find(id); }

  Stream& at(std::uint32_t slot) { return slots_[slot]; }

  // The piece's stream, or null when its assignment is over.
  Stream* resolve(const Piece& piece) {
    Stream& stream = slots_[piece.slot];
    return stream.used && stream.id == piece.slice.stream ? &stream : nullptr;
  }

  std::size_t size() const { return by_id_.size(); }
  template <class F>
  void for_each(F&& f) {
    for (Stream& stream : slots_)
      if (stream.used) f(stream);
  }

 private:
  std::deque<Stream> slots_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<StreamId, std::uint32_t> by_id_;
};

}  // namespace millrace::pipeline
