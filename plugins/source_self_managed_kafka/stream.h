// One assigned partition as the host knows it, and the table of all of them.
//
// Invariant: an id is never used twice in the life of the source; a partition that comes back is a new stream.
// `next` only grows within a stream.
//
// Used by poller, committer and assignment. Confined to the source's thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "epoch_runs.h"
#include "read_ahead.h"

namespace millrace::kafka {

struct Stream {
  std::uint64_t id = 0;
  std::string topic;
  std::string_view name;  // the same text, in the settings: it outlives the batches that show it
  std::int32_t partition = 0;
  Queue queue;
  std::int64_t next = 0;        // after the last record that the host was given; at first where it was assigned
  std::int64_t committed = -1;  // as the cluster has it
  std::int64_t wanted = -1;     // as the host wants it
  EpochRuns epochs;
  bool paused = false;
  bool revoking = false;      // nothing more is taken; the host finishes what it has
  bool stopped = false;       // its position is lost, and a person has to say how to go on
  bool resetting = false;     // its position is lost, and a new one is being asked for
  bool may_have_more = true;  // its queue was not seen empty since the last wake-up
  double average_bytes = 1024;
  ReadAhead::Slot ahead;  // goes before the queue

  bool flows() const noexcept { return !paused && !revoking && !stopped && !resetting; }
};

class StreamTable {
 public:
  using Streams = std::vector<std::unique_ptr<Stream>>;
  const Streams& all() const noexcept { return streams_; }
  bool empty() const noexcept { return streams_.empty(); }
  Stream& add(std::unique_ptr<Stream> stream) { return *streams_.emplace_back(std::move(stream)); }
  Stream* by_id(std::uint64_t id) const {
    const auto it = std::find_if(streams_.begin(), streams_.end(), [&](const auto& s) { return s->id == id; });
    return it == streams_.end() ? nullptr : it->get();
  }
  Stream* find(std::string_view topic, std::int32_t partition) const {
    const auto it = std::find_if(streams_.begin(), streams_.end(),
                                 [&](const auto& s) { return s->partition == partition && s->topic == topic; });
    return it == streams_.end() ? nullptr : it->get();
  }
  void remove(std::uint64_t id) {
    std::erase_if(streams_, [&](const auto& s) { return s->id == id; });
  }
  void clear() { streams_.clear(); }
  void wake_all() {
    for (const auto& stream : streams_) stream->may_have_more = true;
  }

 private:
  Streams streams_;
};

}  // namespace millrace::kafka
