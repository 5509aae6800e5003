// Streams coming and going. See core_impl.h.
//
// A revoked stream stops admitting, loses what is not in flight, waits for what is, has its watermark committed with a
// deadline, and only then is let go. Stop is a revoke of everything. A lost stream is forgotten at once, uncommitted.
#include <algorithm>

#include "runtime/pipeline/core_impl.h"

namespace millrace::pipeline {

using State = Request::State;

void Core::Impl::handle(const Assigned& event) {
  std::vector<StreamId> late;
  for (const NewStream& added : event.streams) {
    if (streams_.find(added.id) != nullptr) continue;
    Stream& stream = streams_.add(added.id, added.topic);
    if (!stop_.on) continue;
    stop_admitting(stream);
    late.push_back(added.id);
  }
  if (!late.empty()) begin_drain(std::move(late), stop_.deadline);
}

void Core::Impl::handle(const Revoking& event) {
  const Time deadline = std::min(event.deadline, now_ + config_.drain_timeout);
  std::vector<StreamId> leaving;
  for (StreamId id : event.streams) {
    Stream* stream = streams_.find(id);
    if (stream == nullptr) continue;
    if (stream->draining) {  // already on its way; it may now have less time
      for (Drain& drain : drains_)
        if (std::find(drain.streams.begin(), drain.streams.end(), id) != drain.streams.end())
          drain.deadline = std::min(drain.deadline, deadline);
      continue;
    }
    stop_admitting(*stream);
    leaving.push_back(id);
  }
  if (!leaving.empty()) begin_drain(std::move(leaving), deadline);
}

void Core::Impl::handle(const Lost& event) {
  for (StreamId id : event.streams) {
    Stream* stream = streams_.find(id);
    if (stream == nullptr) continue;
    stream->draining = true;
    drop_queue(*stream);
    abandon(*stream);
    streams_.remove(*stream);
    for (Drain& drain : drains_) std::erase(drain.streams, id);
  }
}

void Core::Impl::handle(const Stop&) {
  if (stop_.on) return;
  stop_.on = true;
  stop_.deadline = now_ + config_.drain_timeout;
  stop_.dropped_before = counters_.dropped;
  std::vector<StreamId> leaving;
  streams_.for_each([&](Stream& stream) {
    if (!stream.draining) leaving.push_back(stream.id);
  });
  for (StreamId id : leaving) stop_admitting(*streams_.find(id));
  if (!leaving.empty()) begin_drain(std::move(leaving), stop_.deadline);
}

void Core::Impl::begin_drain(std::vector<StreamId> streams, Time deadline) {
  drains_.push_back({std::move(streams), deadline, 0});
}

void Core::Impl::stop_admitting(Stream& stream) {
  stream.draining = true;
  drop_queue(stream);
  withdraw(stream);
  check_pause(stream);
}

void Core::Impl::withdraw(Stream& stream) {
  Request* holder = requests_.find(stream.holder);
  if (holder == nullptr || (holder->state != State::kWaiting && holder->state != State::kSpoolWaiting)) return;
  prune(*holder);
}

void Core::Impl::abandon(Stream& stream) {
  withdraw(stream);
  Request* holder = requests_.find(stream.holder);
  if (holder == nullptr) return;
  for (Piece& piece : holder->pieces) {
    if (piece.slice.stream != stream.id || piece.orphan) continue;
    if (holder->state == State::kInFlight) stop_.abandoned += stop_.on ? piece.slice.kept : 0;
    drop(piece);
    piece.orphan = true;
  }
  stream.holder = 0;
}

bool Core::Impl::drained(const Drain& drain) {
  return std::all_of(drain.streams.begin(), drain.streams.end(), [&](StreamId id) {
    const Stream* stream = streams_.find(id);
    return stream == nullptr || stream->holder == 0;
  });
}

void Core::Impl::plan_drains() {
  for (std::size_t i = 0; i < drains_.size(); ++i) {
    Drain& drain = drains_[i];
    if (drain.commit != 0) continue;
    if (!drained(drain)) {
      if (now_ < drain.deadline) continue;
      for (StreamId id : drain.streams)
        if (Stream* stream = streams_.find(id); stream != nullptr) abandon(*stream);
      out_->push_back(Health{Problem::kDrain, true});
    }
    drain.commit = committer_.order_final(drain.streams, now_ + config_.commit_deadline, *out_);
    if (drain.commit == 0) complete(drain);
  }
  std::erase_if(drains_, [](const Drain& drain) { return drain.streams.empty(); });
  if (stop_.on && drains_.empty()) finish_stop();
}

void Core::Impl::complete(Drain& drain) {
  std::vector<StreamId> released;
  for (StreamId id : drain.streams) {
    Stream* stream = streams_.find(id);
    if (stream == nullptr) continue;
    streams_.remove(*stream);
    released.push_back(id);
  }
  drain.streams.clear();
  drain.commit = 0;
  if (!released.empty()) out_->push_back(ReleaseStreams{std::move(released)});
}

void Core::Impl::finish_stop() {
  while (!requests_.all()
              .empty()) {  // abandoned ones: the shell keeps their bodies until the sink has answered or stopped
    Request& request = requests_.all().begin()->second;
    for (const Piece& piece : request.pieces) drop(piece);
    end(request);
  }
  while (!credit_.batches().empty()) {
    const BatchId id = credit_.batches().begin()->first;
    if (credit_.settle(id, ~std::uint64_t{0})) out_->push_back(Release{id});
  }
  out_->push_back(Stopped{counters_.dropped - stop_.dropped_before, stop_.abandoned, stop_.committed});
  stop_.over = true;
}

}  // namespace millrace::pipeline
