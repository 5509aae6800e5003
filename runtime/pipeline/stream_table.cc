// Slot bookkeeping of the stream table. See stream_table.h.
#include "runtime/pipeline/stream_table.h"

namespace millrace::pipeline {

Stream& StreamTable::add(StreamId id, std::uint32_t topic) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot] = Stream{};
  }
  Stream& stream = slots_[slot];
  stream.id = id;
  stream.slot = slot;
  stream.topic = topic;
  stream.used = true;
  by_id_.emplace(id, slot);
  return stream;
}

void StreamTable::remove(Stream& stream) {
  by_id_.erase(stream.id);
  free_.push_back(stream.slot);
  stream.used = false;
  stream.queue.clear();
}

}  // namespace millrace::pipeline
