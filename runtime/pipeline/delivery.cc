// A request's life: cut, encoded, submitted, spooled, ended. What an answer makes of it: answers.cc. See core.h for the
// diagram.
#include <algorithm>

#include "runtime/pipeline/core_impl.h"

namespace millrace::pipeline {

using State = Request::State;

// ---- planning

void Core::Impl::plan_requests() {
  std::uint32_t topic = 0;
  while (may_start()) {
    if (Request* request = requests_.due(now_))  // older than anything that is still to be cut
      start(*request);
    else if (batcher_.due(now_, starved(), topic))
      cut(topic);
    else
      return;
  }
}

void Core::Impl::plan_spools() {
  while (Request* request = requests_.spool_due(now_)) order_spool(*request);
}

void Core::Impl::cut(std::uint32_t topic) {
  Request& request = requests_.add();
  ++counters_.requests;
  request.pieces = batcher_.cut(topic, request.id, request.max_records);
  start(request);
}

void Core::Impl::start(Request& request) {
  if (blocked_.on) blocked_.probe = request.id;
  if (request.needs_encode) return encode(request);
  request.ticket = requests_.new_ticket();
  requests_.set_state(request, State::kInFlight);
  ++counters_.submissions;
  if (request.resent) counters_.retried += request.records();
  request.resent = true;
  out_->push_back(Submit{request.id, request.ticket, request.attempt});
}

// ---- encoding

void Core::Impl::encode(Request& request) {
  requests_.set_state(request, State::kEncoding);
  request.named = true;
  const Limits limits = request.alone ? Limits{config_.sink_max_bytes, 1} : Limits{batch_bytes_, request.max_records};
  out_->push_back(Encode{request.id, request.slices(), limits});
}

bool Core::Impl::take(Request& request, const Cut& cut) {
  std::vector<Piece>& pieces = request.pieces;
  const std::size_t whole = cut.slice;
  if (whole > pieces.size() || (whole == 0 && cut.kept == 0) || (whole == pieces.size() && cut.kept > 0)) return false;
  std::vector<Piece> rest(pieces.begin() + static_cast<std::ptrdiff_t>(whole), pieces.end());
  if (cut.kept > 0) {
    Piece& right = rest.front();
    if (cut.kept >= right.slice.kept || cut.count >= right.slice.count || cut.rest_position <= right.first_position ||
        cut.rest_position >= right.next_position)
      return false;
    Piece left = right;
    left.slice.count = cut.count;
    left.slice.kept = cut.kept;
    left.slice.bytes = std::min(cut.bytes, right.slice.bytes);
    left.next_position = cut.rest_position;
    right.slice.first += cut.count;
    right.slice.count -= cut.count;
    right.slice.kept -= cut.kept;
    right.slice.bytes -= left.slice.bytes;
    right.first_position = cut.rest_position;
    pieces.resize(whole);
    pieces.push_back(left);
  } else {
    pieces.resize(whole);
  }
  Stream* first = streams_.resolve(pieces.front());
  if (request.fresh && first != nullptr) first->limit_left -= std::min(first->limit_left, request.records());
  give_back(request, std::move(rest));
  request.fresh = false;
  request.halved = false;
  return true;
}

// To the head of their streams: they are older than what waits there.
void Core::Impl::give_back(Request& request, std::vector<Piece> rest) {
  while (!rest.empty()) {
    Piece piece = rest.back();
    rest.pop_back();
    Stream* stream = streams_.resolve(piece);
    if (stream == nullptr || stream->draining) {
      drop(piece);
      continue;
    }
    if (request.halved) {
      stream->limit = request.max_records;
      stream->limit_left += piece.slice.kept;
    }
    stream->queued_records += piece.slice.kept;
    stream->queued_bytes += piece.slice.bytes;
    stream->queue.push_front(piece);
    const bool more = !rest.empty() && rest.back().slice.stream == piece.slice.stream;
    if (more) continue;
    if (!request.holds(piece.slice.stream)) stream->holder = 0;
    batcher_.refresh(*stream);
  }
}

void Core::Impl::handle(const Encoded& event) {
  Request* request = requests_.find(event.request);
  if (request == nullptr || request->state != State::kEncoding) return;
  if (!take(*request, event.taken)) return encoder_failed(*request);
  if (request->encode_failed) {
    request->encode_failed = false;
    problems_.settle(Problem::kEncoder, *out_);
  }
  credit_.body_freed(request->body_bytes);
  request->body_bytes = event.body_bytes;
  credit_.body_added(event.body_bytes);
  std::uint64_t bytes = 0;
  for (const Piece& piece : request->pieces) bytes += piece.slice.bytes;
  batcher_.learn(request->records(), bytes, event.body_bytes);
  request->needs_encode = false;
  start(*request);
}

void Core::Impl::handle(const Oversize& event) {
  Request* request = requests_.find(event.request);
  if (request == nullptr || request->state != State::kEncoding) return;
  if (!take(*request, event.record)) return encoder_failed(*request);
  if (!request->alone && batch_bytes_ < config_.sink_max_bytes) {
    request->alone = true;
    return encode(*request);
  }
  spool(*request, SpoolReason::kTooLarge);
}

void Core::Impl::handle(const EncodeFailed& event) {
  Request* request = requests_.find(event.request);
  if (request != nullptr && request->state == State::kEncoding) encoder_failed(*request);
}

void Core::Impl::encoder_failed(Request& request) {
  if (!request.encode_failed) {
    request.encode_failed = true;
    problems_.raise(Problem::kEncoder, *out_);
  }
  copy_batches(request);
  free_body(request);
  wait(request, backoff_.wait(request.failures++));
}

// ---- the spool

void Core::Impl::spool(Request& request, SpoolReason reason) {
  if (blocked_.probe == request.id) blocked_.probe = 0;
  if (request.encode_failed) {
    request.encode_failed = false;
    problems_.settle(Problem::kEncoder, *out_);
  }
  if (!prune(request)) return;
  request.reason = reason;
  free_body(request);
  request.failures = 0;
  order_spool(request);
}

void Core::Impl::order_spool(Request& request) {
  requests_.set_state(request, State::kSpooling);
  out_->push_back(Spool{request.id, request.slices(), request.reason});
}

void Core::Impl::handle(const Spooled& event) {
  Request* request = requests_.find(event.request);
  if (request == nullptr || request->state != State::kSpooling) {
    ++counters_.late_answers;
    return;
  }
  for (const Piece& piece : request->pieces) finish(piece, counters_.rejected);
  end(*request);
}

void Core::Impl::handle(const SpoolFailed& event) {
  Request* request = requests_.find(event.request);
  if (request == nullptr || request->state != State::kSpooling) {
    ++counters_.late_answers;
    return;
  }
  if (!prune(*request)) return;
  if (!request->spool_failed) {
    request->spool_failed = true;
    problems_.raise(Problem::kSpool, *out_);
  }
  copy_batches(*request);
  requests_.set_state(*request, State::kSpoolWaiting, now_ + backoff_.wait(request->failures++));
}

// ---- the end

// What waits for another try must not pin a fetch buffer meanwhile.
void Core::Impl::copy_batches(const Request& request) {
  for (const Piece& piece : request.pieces) {
    Credit::Batch* batch = credit_.find(piece.slice.batch);
    if (batch == nullptr || batch->copied || piece.orphan) continue;
    batch->copied = true;
    out_->push_back(Copy{piece.slice.batch});
  }
}

void Core::Impl::free_body(Request& request) {
  request.needs_encode = true;
  if (request.body_bytes == 0) return;
  credit_.body_freed(request.body_bytes);
  request.body_bytes = 0;
  out_->push_back(FreeBody{request.id});
}

void Core::Impl::release_holders(const Request& request) {
  for (const Piece& piece : request.pieces) {
    Stream* stream = streams_.resolve(piece);
    if (stream == nullptr || stream->holder != request.id) continue;
    stream->holder = 0;
    batcher_.refresh(*stream);
  }
}

void Core::Impl::end(Request& request) {
  release_holders(request);
  credit_.body_freed(request.body_bytes);
  if (blocked_.probe == request.id) blocked_.probe = 0;
  if (request.encode_failed) problems_.settle(Problem::kEncoder, *out_);
  if (request.spool_failed) problems_.settle(Problem::kSpool, *out_);
  if (request.named) out_->push_back(Discard{request.id});
  requests_.erase(request);
}

}  // namespace millrace::pipeline
