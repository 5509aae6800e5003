// Records coming in and going out. See core_impl.h.
#include <algorithm>

#include "runtime/pipeline/core_impl.h"

namespace millrace::pipeline {

// One kept record pins the whole fetch buffer that it came in. A batch whose survivors weigh less than a quarter of
// what it pins is copied when the filters dropped most of it, or when memory is short. Not otherwise, though a small
// batch always weighs little beside a buffer: delivered at once it needs no copy but the encoder's.
void Core::Impl::copy_survivors(BatchId id, std::span<const Run> runs) {
  constexpr std::uint64_t kRecordCost = 128;  // mr_record, a few headers, the allocator
  Credit::Batch* batch = credit_.find(id);
  if (batch == nullptr || batch->copied) return;
  std::uint64_t read = 0, kept = 0, bytes = 0;
  for (const Run& run : runs) {
    read += run.kept + run.filtered;
    kept += run.kept;
    bytes += run.bytes;
  }
  const bool few = kept * 4 < read, tight = credit_.left() < credit_.budget() / 2;
  if (!(few || tight) || bytes + kept * kRecordCost >= batch->retained / 4) return;
  batch->copied = true;
  out_->push_back(Copy{id});
}

void Core::Impl::handle(const Polled& polled) {
  if (Credit::Batch* known = credit_.find(polled.batch)) {
    if (known->raw) refiltered(polled);
    return;
  }
  credit_.adopt(polled.batch, polled.retained);
  for (const Run& run : polled.runs) admit(run, polled.batch, false);
  if (credit_.settle(polled.batch, 0))
    out_->push_back(Release{polled.batch});
  else
    copy_survivors(polled.batch, polled.runs);
}

void Core::Impl::handle(const FilterFailed& event) {
  Credit::Batch* batch = credit_.find(event.batch);
  if (batch == nullptr) {
    batch = &credit_.adopt(event.batch, event.retained);
    batch->raw = true;
    for (const Run& run : event.runs) admit(run, event.batch, true);
    raw_batches_.push_back(event.batch);
    problems_.raise(Problem::kFilter, *out_);
  }
  batch->due = now_ + backoff_.wait(batch->failures++);
  if (batch->records == 0) {  // none of its streams is ours
    problems_.settle(Problem::kFilter, *out_);
    std::erase(raw_batches_, event.batch);
    if (credit_.settle(event.batch, 0)) out_->push_back(Release{event.batch});
  }
}

void Core::Impl::admit(const Run& run, BatchId batch, bool raw) {
  Stream* stream = streams_.find(run.stream);
  counters_.read += run.kept + run.filtered;
  if (stream == nullptr || stream->draining) {  // never submitted; its next owner reads it again
    counters_.dropped += run.kept;
    return;
  }
  if (!raw) counters_.filtered += run.filtered;
  Tracker& tracker = stream->tracker;
  Position first = run.first_position, next = run.next_position;
  if (tracker.known() && first < tracker.admitted()) {  // delivered all the same: what is read is never thrown away
    counters_.out_of_order += run.kept;
    first = tracker.admitted();
    next = std::max(next, first);
  }
  const Position before = tracker.known() ? tracker.watermark() : first;
  tracker.admit(run.kept > 0 ? first : next, next);
  if (tracker.watermark() > before || run.kept == 0) committer_.moved(*stream, run.filtered, now_);
  if (run.kept == 0) return;
  Piece piece;
  piece.slice = {batch, run.stream, run.first, run.count, run.kept, run.bytes};
  piece.slot = stream->slot;
  piece.raw = raw;
  piece.arrived = now_;
  piece.first_position = first;
  piece.next_position = next;
  stream->queue.push_back(piece);
  stream->queued_records += run.kept;
  stream->queued_bytes += run.bytes;
  stream->held_records += run.kept;
  stream->held_bytes += run.bytes;
  unfinished_ += run.kept;
  credit_.find(batch)->records += run.kept;
  batcher_.refresh(*stream);
  check_pause(*stream);
}

// The runs come as they came with FilterFailed, with what the filters now say.
void Core::Impl::refiltered(const Polled& polled) {
  Credit::Batch* batch = credit_.find(polled.batch);
  batch->raw = false;
  problems_.settle(Problem::kFilter, *out_);
  std::erase(raw_batches_, polled.batch);
  ++batch->records;  // held while its runs are looked at
  for (const Run& run : polled.runs) {
    Stream* stream = streams_.find(run.stream);
    if (stream == nullptr) continue;
    auto at = std::find_if(stream->queue.begin(), stream->queue.end(), [&](const Piece& piece) {
      return piece.raw && piece.slice.batch == polled.batch && piece.next_position == run.next_position;
    });
    if (at == stream->queue.end()) continue;
    Piece raw = *at;
    const Position kept_from = run.kept > 0 ? std::max(run.first_position, raw.first_position) : raw.next_position;
    const auto replace = [](std::uint64_t& total, std::uint64_t old_part, std::uint64_t new_part) {
      total = total - old_part + new_part;
    };
    replace(stream->queued_records, raw.slice.kept, run.kept);
    replace(stream->queued_bytes, raw.slice.bytes, run.bytes);
    replace(stream->held_records, raw.slice.kept, run.kept);
    replace(stream->held_bytes, raw.slice.bytes, run.bytes);
    replace(unfinished_, raw.slice.kept, run.kept);
    replace(credit_.find(polled.batch)->records, raw.slice.kept, run.kept);
    counters_.filtered += run.filtered;
    if (run.kept > 0) {
      at->raw = false;
      at->slice = {polled.batch, run.stream, run.first, run.count, run.kept, run.bytes};
      at->first_position = kept_from;
    } else {
      stream->queue.erase(at);
    }
    stream->tracker.finish(raw.first_position, kept_from);
    committer_.moved(*stream, run.filtered, now_);
    batcher_.refresh(*stream);
    check_pause(*stream);
  }
  if (credit_.settle(polled.batch, 1))
    out_->push_back(Release{polled.batch});
  else
    copy_survivors(polled.batch, polled.runs);
}

void Core::Impl::plan_refilters() {
  for (BatchId id : raw_batches_) {
    Credit::Batch* batch = credit_.find(id);
    if (batch == nullptr || batch->due > now_) continue;
    batch->due = kNever;  // until the answer
    out_->push_back(Refilter{id});
  }
}

void Core::Impl::handle(const Copied& copied) {
  if (Credit::Batch* batch = credit_.find(copied.batch)) credit_.weigh(*batch, copied.retained);
}

void Core::Impl::settle(const Piece& piece, std::uint64_t records) {
  if (piece.orphan) return;  // done when it was let go
  const Credit::Batch* batch = credit_.find(piece.slice.batch);
  const bool raw = batch != nullptr && batch->raw;
  if (!credit_.settle(piece.slice.batch, records)) return;
  out_->push_back(Release{piece.slice.batch});
  if (!raw) return;
  problems_.settle(Problem::kFilter, *out_);
  std::erase(raw_batches_, piece.slice.batch);
}

void Core::Impl::forget(Stream& stream, const Piece& piece) {
  stream.held_records -= piece.slice.kept;
  stream.held_bytes -= piece.slice.bytes;
  unfinished_ -= piece.slice.kept;
}

// The piece has its fate. A stream of an older assignment is not touched: what it reads now is not what was sent.
void Core::Impl::finish(const Piece& piece, std::uint64_t& counter) {
  counter += piece.slice.kept;
  settle(piece, piece.slice.kept);
  Stream* stream = streams_.resolve(piece);
  if (stream == nullptr) {
    counters_.stale += piece.slice.kept;
    return;
  }
  forget(*stream, piece);
  stream->tracker.finish(piece.first_position, piece.next_position);
  committer_.moved(*stream, piece.slice.kept, now_);
  check_pause(*stream);
}

void Core::Impl::drop(const Piece& piece) {
  settle(piece, piece.slice.kept);
  if (piece.orphan) return;
  counters_.dropped += piece.slice.kept;
  if (Stream* stream = streams_.resolve(piece)) forget(*stream, piece);
}

void Core::Impl::drop_queue(Stream& stream) {
  for (const Piece& piece : stream.queue) drop(piece);
  stream.queue.clear();
  stream.queued_records = stream.queued_bytes = 0;
  batcher_.refresh(stream);
}

// Only whole pieces can be told; one that the log's start cuts is counted when it has passed the rest of it.
void Core::Impl::count_not_replayable(Stream& stream, Position begin) {
  if (begin <= stream.log_start) return;
  const auto count = [&](const Piece& piece) {
    if (piece.slice.stream != stream.id) return;
    if (piece.next_position <= begin && piece.next_position > stream.log_start)
      counters_.not_replayable += piece.slice.kept;
  };
  if (const Request* holder = requests_.find(stream.holder))
    for (const Piece& piece : holder->pieces) count(piece);
  for (const Piece& piece : stream.queue) count(piece);
  stream.log_start = begin;
}

void Core::Impl::handle(const Reported& reported) {
  for (const StreamReport& report : reported.streams) {
    Stream* stream = streams_.find(report.stream);
    if (stream == nullptr) continue;
    committer_.reported(*stream, report.committed);
    if (report.begin >= 0) count_not_replayable(*stream, report.begin);
    // What was polled of a draining stream was dropped, so `next` is past records that nobody has delivered.
    if (stream->draining || report.next < 0) continue;
    stream->tracker.skip_to(report.next);
    committer_.moved(*stream, 0, now_);
  }
}

}  // namespace millrace::pipeline
