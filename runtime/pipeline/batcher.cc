// Ready lists, cut decisions and the size estimate. See batcher.h.
#include "runtime/pipeline/batcher.h"

#include <algorithm>

namespace millrace::pipeline {

void Batcher::unlist(Stream& stream) {
  Topic& topic = topics_[stream.topic];
  const Listed& was = listed_[stream.slot];
  topic.ready.erase({stream.ready_since, stream.slot});
  topic.records -= was.records;
  topic.bytes -= was.bytes;
  topic.urgent -= was.urgent ? 1 : 0;
  stream.ready = false;
}

void Batcher::refresh(Stream& stream) {
  if (listed_.size() <= stream.slot) listed_.resize(stream.slot + 1);
  const bool ready =
      stream.used && !stream.queue.empty() && stream.holder == 0 && !stream.draining && !stream.queue.front().raw;
  if (stream.ready && ready && stream.ready_since == stream.queue.front().arrived) {  // only the totals moved
    Topic& topic = topics_[stream.topic];
    Listed& listed = listed_[stream.slot];
    topic.records += stream.queued_records - listed.records;
    topic.bytes += stream.queued_bytes - listed.bytes;
    topic.urgent += (stream.paused ? 1u : 0u) - (listed.urgent ? 1u : 0u);
    listed = {stream.queued_records, stream.queued_bytes, stream.paused};
    return;
  }
  if (stream.ready) unlist(stream);
  if (!ready) return;
  Topic& topic = topics_[stream.topic];
  stream.ready = true;
  stream.ready_since = stream.queue.front().arrived;
  topic.ready.insert({stream.ready_since, stream.slot});
  listed_[stream.slot] = {stream.queued_records, stream.queued_bytes, stream.paused};
  topic.records += stream.queued_records;
  topic.bytes += stream.queued_bytes;
  topic.urgent += stream.paused ? 1 : 0;
}

bool Batcher::due(const Topic& topic, Time now, bool starved) const {
  if (topic.ready.empty()) return false;
  return starved || topic.urgent > 0 || topic.records >= size_ || topic.ready.begin()->first + window_ <= now ||
         estimate(topic.records, topic.bytes) >= bytes_;
}

bool Batcher::due(Time now, bool starved, std::uint32_t& topic) const {
  Time oldest = kNever;
  for (const auto& [number, candidate] : topics_) {
    if (!due(candidate, now, starved) || candidate.ready.begin()->first >= oldest) continue;
    oldest = candidate.ready.begin()->first;
    topic = number;
  }
  return oldest != kNever;
}

Time Batcher::next_due() const {
  Time next = kNever;
  for (const auto& [number, topic] : topics_)
    if (!topic.ready.empty()) next = std::min(next, topic.ready.begin()->first + window_);
  return next;
}

std::vector<Piece> Batcher::cut(std::uint32_t topic, RequestId holder, std::uint32_t& max_records) {
  std::vector<Piece> pieces;
  Topic& from = topics_[topic];
  std::uint64_t records = 0, bytes = 0;
  max_records = size_;
  const auto full = [&] { return records >= max_records || estimate(records, bytes) >= bytes_; };
  while (!from.ready.empty() && !full()) {
    Stream* stream = &streams_.at(from.ready.begin()->second);
    if (stream->limit_left > 0) {  // a body of it was too large: alone, and fewer
      if (!pieces.empty()) break;
      max_records = std::min(max_records, stream->limit);
    }
    const bool alone = stream->limit_left > 0;
    while (!stream->queue.empty() && !stream->queue.front().raw && !full()) {
      Piece& piece = stream->queue.front();
      records += piece.slice.kept;
      bytes += piece.slice.bytes;
      stream->queued_records -= piece.slice.kept;
      stream->queued_bytes -= piece.slice.bytes;
      pieces.push_back(piece);
      stream->queue.pop_front();
    }
    stream->holder = holder;
    refresh(*stream);
    if (alone) break;
  }
  return pieces;
}

void Batcher::learn(std::uint64_t records, std::uint64_t bytes, std::uint64_t body_bytes) {
  if (bytes < 1024) return;  // too little to tell the envelope from the records
  const std::uint64_t envelope = records * kEnvelopeBytes;
  const double seen =
      body_bytes > envelope ? static_cast<double>(body_bytes - envelope) / static_cast<double>(bytes) : 0;
  ratio_ += (std::clamp(seen, 0.1, 16.0) - ratio_) / 8;
}

}  // namespace millrace::pipeline
