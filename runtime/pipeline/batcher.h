// Batcher: which streams have records to send, when a batch is cut, and of what.
//
// A ready stream has queued records, no request and is not draining. A cut takes the longest-waiting ready stream and
// as much as it has, then the next of the same topic, until size or bytes says stop: a deep backlog gives full requests
// of one stream each, a trickle over many streams shares one.
//
// Body bytes are unknown before encoding, so *when* to cut is decided by an estimate that learns; the encoder's limit
// is exact and what it leaves comes back to the head of its stream.
//
// Confined to its core.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "runtime/pipeline/stream_table.h"

namespace millrace::pipeline {

class Batcher {
 public:
  Batcher(StreamTable& streams, std::uint32_t size, std::uint64_t bytes, Duration window)
      : streams_(streams), size_(size), bytes_(bytes), window_(window) {}

  // Lists the stream if it is ready, takes it off if it is not. To be called after any change to holder, queue, paused
  // or draining of a stream; the totals are taken anew.
  void refresh(Stream& stream);

  // A cut at `now`: true when a topic has one due. starved: there is no credit, so waiting brings no company.
  bool due(Time now, bool starved, std::uint32_t& topic) const;
  // When a cut comes due without an event; kNever.
  Time next_due() const;

  // Takes the pieces of one request off their streams' queues and makes `holder` their holder. max_records: the most it
  // may have.
  std::vector<Piece> cut(std::uint32_t topic, RequestId holder, std::uint32_t& max_records);

  std::uint64_t estimate(std::uint64_t records, std::uint64_t bytes) const {
    return static_cast<std::uint64_t>(static_cast<double>(bytes) * ratio_) + records * kEnvelopeBytes;
  }
  void learn(std::uint64_t records, std::uint64_t bytes, std::uint64_t body_bytes);
  double ratio() const { return ratio_; }

 private:
  static constexpr std::uint64_t kEnvelopeBytes = 200;  // what a record costs in a body beside its bytes
  struct Topic {
    std::set<std::pair<Time, std::uint32_t>> ready;  // (since, slot): the longest-waiting first
    std::uint64_t records = 0, bytes = 0;
    std::uint32_t urgent = 0;  // ready streams that are paused: nothing more comes to fill a batch
  };
  struct Listed {  // what a listed stream added to its topic's totals
    std::uint64_t records = 0, bytes = 0;
    bool urgent = false;
  };
  bool due(const Topic& topic, Time now, bool starved) const;
  void unlist(Stream& stream);

  StreamTable& streams_;
  std::uint32_t size_;
  std::uint64_t bytes_;
  Duration window_;
  double ratio_ = 4.0 / 3.0;  // base64, until bodies were seen
  std::map<std::uint32_t, Topic> topics_;
  std::vector<Listed> listed_;  // by slot
};

}  // namespace millrace::pipeline
