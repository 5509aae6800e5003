// What an answer makes of a request: done, waiting for another try, halved, split by stream, or on its way to the
// spool.
#include "runtime/pipeline/core_impl.h"

namespace millrace::pipeline {

using State = Request::State;

Request* Core::Impl::answered(RequestId id, Ticket ticket) {
  Request* request = requests_.find(id);
  if (request != nullptr && request->state == State::kInFlight && request->ticket == ticket) return request;
  ++counters_.late_answers;
  return nullptr;
}

void Core::Impl::handle(const Answered& answer) {
  Request* request = answered(answer.request, answer.ticket);
  if (request == nullptr) return;
  if (answer.outcome == Outcome::kBlocked) return answer_blocked(*request, answer.retry_after);
  settle_blocked(*request, answer.outcome != Outcome::kBusy);
  if (answer.outcome != Outcome::kBusy) request->busy_in_row = 0;
  switch (answer.outcome) {
    case Outcome::kDone:
      for (const Piece& piece : request->pieces) finish(piece, counters_.delivered);
      return end(*request);
    case Outcome::kReject:
      return spool(*request, SpoolReason::kRejected);
    case Outcome::kTooLarge:
      return too_large(*request);
    case Outcome::kBusy: {
      const bool again = ++request->busy_in_row >= 2 && answer.retry_after == 0;
      return failed(*request, again, answer.retry_after);
    }
    case Outcome::kPartial:
      switch (keep_failed(*request, answer.failed)) {
        case Partial::kOver:
          return;
        case Partial::kLeft:
          ++request->attempt;
          return failed(*request, true, answer.retry_after);
        case Partial::kSenseless:
          ++counters_.bad_partials;
      }
      [[fallthrough]];
    default:  // kRetry and whatever a newer plugin may answer
      if (!request->spans_streams()) ++request->attempt;
      return failed(*request, true, answer.retry_after);
  }
}

void Core::Impl::handle(const Refused& refused) {
  Request* request = answered(refused.request, refused.ticket);
  if (request == nullptr) return;
  if (refused.blocked) return answer_blocked(*request, 0);
  settle_blocked(*request, false);
  failed(*request, ++request->busy_in_row >= 2, 0);
}

// One request at a time finds out whether the person has acted; whoever is due first when the time comes.
void Core::Impl::answer_blocked(Request& request, Duration retry_after) {
  if (!blocked_.on) {
    blocked_.on = true;
    blocked_.next = now_ + backoff_.slow_wait(retry_after);
    problems_.raise(Problem::kBlocked, *out_);
  } else if (blocked_.probe == request.id) {
    blocked_.next = now_ + backoff_.slow_wait(retry_after);
  }
  if (blocked_.probe == request.id) blocked_.probe = 0;
  if (!prune(request)) return;
  copy_batches(request);
  wait(request, 0);
  free_body(request);
}

// reached: the function itself answered, so there is one again. A throttle or a dead network says nothing about that.
void Core::Impl::settle_blocked(const Request& request, bool reached) {
  if (!blocked_.on) return;
  if (blocked_.probe == request.id) {
    blocked_.probe = 0;
    blocked_.next = now_ + backoff_.wait(request.failures);
  }
  if (!reached) return;
  blocked_.on = false;
  problems_.settle(Problem::kBlocked, *out_);
}

// Leaves the failed records in the request and finishes the others. Records that were delivered between two failed ones
// are covered by the earlier one's range: the watermark cannot pass them sooner anyway.
Core::Impl::Partial Core::Impl::keep_failed(Request& request, std::span<const FailedRecord> failed) {
  const std::uint64_t records = request.records();
  std::uint64_t base = 0;  // index in the request of the piece's first record
  std::size_t at = 0;
  std::int64_t last = -1;
  for (const Piece& piece : request.pieces) {  // believed only when all of it makes sense
    for (; at < failed.size() && failed[at].index < base + piece.slice.kept; ++at) {
      const FailedRecord& record = failed[at];
      if (record.index <= last) return Partial::kSenseless;
      last = record.index;
      if (piece.orphan) continue;  // its batch is gone, so nobody could look the record up
      if (record.record < piece.slice.first || record.record >= piece.slice.first + piece.slice.count ||
          record.position < piece.first_position || record.position >= piece.next_position)
        return Partial::kSenseless;
    }
    base += piece.slice.kept;
  }
  if (at != failed.size() || base != records) return Partial::kSenseless;

  std::vector<Piece> left;
  base = 0;
  at = 0;
  for (const Piece& piece : request.pieces) {
    const std::uint64_t end_index = base + piece.slice.kept;
    std::uint64_t failed_here = 0;
    const std::size_t first_left = left.size();
    if (piece.orphan) {
      while (at < failed.size() && failed[at].index < end_index) ++at;
      finish(piece, counters_.delivered);
      base = end_index;
      continue;
    }
    while (at < failed.size() && failed[at].index < end_index) {
      Piece part = piece;
      const FailedRecord& from = failed[at];
      std::uint32_t kept = 1;
      while (at + kept < failed.size() && failed[at + kept].index == from.index + kept &&
             failed[at + kept].index < end_index)
        ++kept;
      part.slice.first = from.record;
      part.slice.count = failed[at + kept - 1].record - from.record + 1;
      part.slice.kept = kept;
      part.slice.bytes = piece.slice.bytes * kept / piece.slice.kept;
      part.first_position = from.position;
      if (left.size() > first_left) left.back().next_position = from.position;
      left.push_back(part);
      failed_here += kept;
      at += kept;
    }
    Piece done = piece;
    done.slice.kept -= static_cast<std::uint32_t>(failed_here);
    for (std::size_t i = first_left; i < left.size(); ++i) done.slice.bytes -= left[i].slice.bytes;
    if (left.size() > first_left) done.next_position = left[first_left].first_position;
    if (done.slice.kept > 0) finish(done, counters_.delivered);
    // With the first record failed nothing before it is finished, and finish() was told an empty range.
    base = end_index;
  }
  std::swap(request.pieces, left);
  if (request.pieces.empty()) {
    std::swap(request.pieces, left);
    end(request);
    return Partial::kOver;
  }
  for (const Piece& piece : left) {  // streams of which nothing failed are free
    Stream* stream = streams_.resolve(piece);
    if (stream == nullptr || stream->holder != request.id || request.holds(piece.slice.stream)) continue;
    stream->holder = 0;
    batcher_.refresh(*stream);
  }
  request.needs_encode = true;
  free_body(request);
  return Partial::kLeft;
}

void Core::Impl::failed(Request& request, bool may_split, Duration retry_after) {
  if (!prune(request)) return;
  copy_batches(request);
  if (may_split && request.spans_streams()) return split(request);
  wait(request, backoff_.wait(request.failures++, retry_after));
}

bool Core::Impl::prune(Request& request) {
  std::vector<Piece> stay;
  stay.reserve(request.pieces.size());
  for (const Piece& piece : request.pieces) {
    Stream* stream = streams_.resolve(piece);
    if (stream != nullptr && !stream->draining) {
      stay.push_back(piece);
      continue;
    }
    if (stream == nullptr) counters_.stale += piece.slice.kept;
    drop(piece);
    if (stream != nullptr && stream->holder == request.id) stream->holder = 0;
  }
  if (stay.size() == request.pieces.size()) return true;
  request.pieces = std::move(stay);
  request.needs_encode = true;
  free_body(request);
  if (!request.pieces.empty()) return true;
  end(request);
  return false;
}

// Each stream's part is from now on a request of its own, so that the poisoned one holds only itself.
void Core::Impl::split(Request& request) {
  ++counters_.splits;
  std::vector<Piece> pieces = std::move(request.pieces);
  request.pieces.clear();
  for (std::size_t from = 0; from < pieces.size();) {
    std::size_t to = from;
    while (to < pieces.size() && pieces[to].slice.stream == pieces[from].slice.stream) ++to;
    Request& part = requests_.add();
    part.pieces.assign(pieces.begin() + static_cast<std::ptrdiff_t>(from),
                       pieces.begin() + static_cast<std::ptrdiff_t>(to));
    part.attempt = request.attempt;
    part.failures = request.failures + 1;
    part.max_records = request.max_records;
    part.fresh = false;
    part.resent = true;
    streams_.resolve(pieces[from])->holder = part.id;
    wait(part, backoff_.wait(request.failures));
    from = to;
  }
  end(request);
}

void Core::Impl::wait(Request& request, Duration wait) {
  if (blocked_.probe == request.id) blocked_.probe = 0;
  requests_.set_state(request, State::kWaiting, now_ + wait);
  if (wait > config_.body_keep) free_body(request);
}

void Core::Impl::too_large(Request& request) {
  if (!prune(request)) return;
  copy_batches(request);
  const std::uint64_t records = request.records();
  if (records == 1) return spool(request, SpoolReason::kTooLarge);
  request.max_records = static_cast<std::uint32_t>((records + 1) / 2);
  request.halved = true;
  request.resent = true;
  encode(request);
}

}  // namespace millrace::pipeline
