// Requests: what is being encoded, in flight, waiting for another try or on its way to the spool.
//
// A slot is taken from Encode to the answer; a waiting request holds its streams and no slot, so that poisoned streams
// cannot stop the others.
//
// Confined to its core. References are stable until erase().
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "runtime/pipeline/action.h"
#include "runtime/pipeline/stream_table.h"

namespace millrace::pipeline {

struct Request {
  enum class State { kEncoding, kInFlight, kWaiting, kSpooling, kSpoolWaiting };
  RequestId id = 0;
  State state = State::kWaiting;
  std::vector<Piece> pieces;  // in the order of the request; a stream's pieces stand together
  Ticket ticket = 0;          // of the submission in flight
  std::uint32_t attempt = 1;
  std::uint32_t failures = 0;  // in a row, of any kind: the back-off's exponent
  std::uint32_t busy_in_row = 0;
  std::uint32_t max_records = 0;
  bool alone = false;   // one record under the sink's own limit
  bool fresh = true;    // not yet encoded for the first time
  bool resent = false;  // submitted before
  bool halved = false;  // what the encoder leaves was in a body that was too large
  bool named = false;   // an Encode named it, so a Discard has to
  bool needs_encode = true;
  bool encode_failed = false, spool_failed = false;  // a cause of kEncoder, kSpool
  std::uint64_t body_bytes = 0;
  Time due = kNever;
  SpoolReason reason = SpoolReason::kTooLarge;

  std::uint64_t records() const {
    std::uint64_t kept = 0;
    for (const Piece& piece : pieces) kept += piece.slice.kept;
    return kept;
  }
  bool takes_slot() const { return state == State::kEncoding || state == State::kInFlight; }
  bool spans_streams() const { return !pieces.empty() && pieces.front().slice.stream != pieces.back().slice.stream; }
  bool holds(StreamId stream) const {
    for (const Piece& piece : pieces)
      if (piece.slice.stream == stream) return true;
    return false;
  }
  std::vector<Slice> slices() const {
    std::vector<Slice> slices;
    slices.reserve(pieces.size());
    for (const Piece& piece : pieces) slices.push_back(piece.slice);
    return slices;
  }
};

class Requests {
 public:
  Request& add() {
    const RequestId id = ++last_id_;
    Request& request = all_[id];
    request.id = id;
    return request;
  }
  Request* find(RequestId id) {
    auto at = all_.find(id);
    return at == all_.end() ? nullptr : &at->second;
  }
  // Every change of state goes through here: slots and timers are counted by it. due: of the waiting states.
  void set_state(Request& request, Request::State state, Time due = kNever) {
    leave(request);
    request.state = state;
    request.due = due;
    if (request.takes_slot()) ++slots_taken_;
    if (state == Request::State::kWaiting) waiting_.insert({due, request.id});
    if (state == Request::State::kSpoolWaiting) spool_waiting_.insert({due, request.id});
  }
  void erase(Request& request) {
    leave(request);
    all_.erase(request.id);
  }

  // The waiting request that is due first; null when none is due.
  Request* due(Time now) { return first_due(waiting_, now); }
  Request* spool_due(Time now) { return first_due(spool_waiting_, now); }
  Time next_due() const { return waiting_.empty() ? kNever : waiting_.begin()->first; }
  Time next_spool_due() const { return spool_waiting_.empty() ? kNever : spool_waiting_.begin()->first; }
  bool any_waiting() const { return !waiting_.empty(); }

  std::uint32_t slots_taken() const { return slots_taken_; }
  Ticket new_ticket() { return ++last_ticket_; }
  std::unordered_map<RequestId, Request>& all() { return all_; }

 private:
  using Timers = std::set<std::pair<Time, RequestId>>;
  Request* first_due(const Timers& timers, Time now) {
    return timers.empty() || timers.begin()->first > now ? nullptr : find(timers.begin()->second);
  }
  void leave(Request& request) {
    if (request.takes_slot()) --slots_taken_;
    if (request.state == Request::State::kWaiting) waiting_.erase({request.due, request.id});
    if (request.state == Request::State::kSpoolWaiting) spool_waiting_.erase({request.due, request.id});
  }

  std::unordered_map<RequestId, Request> all_;
  Timers waiting_, spool_waiting_;
  std::uint32_t slots_taken_ = 0;
  RequestId last_id_ = 0;
  Ticket last_ticket_ = 0;
};

}  // namespace millrace::pipeline
