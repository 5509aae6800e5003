#include "assignment.h"

#include <limits>

namespace millrace::kafka {
namespace {

std::string place(const Stream& stream) {
  return stream.topic + " [" + std::to_string(stream.partition) + "]";
}

bool complain(const Log& log, const char* what, rd_kafka_error_t* raw) {
  const KafkaError error(raw);
  if (!error) return false;
  log.warn("the client refused a change of the assignment",
           {field("change", what), field("because", rd_kafka_error_string(error.get()))});
  return true;
}

}  // namespace

bool Assignment::cooperative() const {
  const char* protocol = rd_kafka_rebalance_protocol(client_.handle());
  return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void Assignment::on_rebalance(rd_kafka_event_t* event, std::int64_t now) {
  now_ = now;
  const auto* list = rd_kafka_event_topic_partition_list(event);
  switch (rd_kafka_event_error(event)) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
      return on_assign(list, now);
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
      return on_revoke(list, now);
    default:
      shared_.log.error("rebalance failed", {field("because", rd_kafka_err2str(rd_kafka_event_error(event)))});
      unassign(nullptr);
  }
}

void Assignment::on_assign(const rd_kafka_topic_partition_list_t* list, std::int64_t now) {
  taking_.emplace();
  ++taking_serial_;
  for (int i = 0; i < list->cnt; ++i) taking_->partitions.push_back({list->elems[i].topic, list->elems[i].partition});
  resolve(now);
}

void Assignment::on_revoke(const rd_kafka_topic_partition_list_t* list, std::int64_t now) {
  const bool lost = rd_kafka_assignment_lost(client_.handle()) != 0;
  taking_.reset();  // what was not taken over yet has nothing to finish
  ++taking_serial_;
  const std::vector<std::uint64_t> ids = ids_of(list);
  if (!ids.empty()) shared_.told_host = true;
  if (lost) {
    shared_.log.warn("lost partitions: this member was out of the group",
                     {field("partitions", std::to_string(list->cnt))});
    shared_.health.set(Subject::kGroup,
                       {MR_DEGRADED, MR_ABORTED, "MR3021", "", "The cluster took this host's partitions away.",
                        "It heard nothing from this host within session_timeout, or the host did not poll in time.",
                        "It rejoins by itself. What was in flight may be delivered twice."});
    if (!ids.empty()) shared_.host.lost(ids);
  }
  if (lost || ids.empty()) {
    for (const std::uint64_t id : ids) streams_.remove(id);
    revoke_.reset();
    return unassign(list);
  }
  revoke_.emplace();
  revoke_->partitions.reset(rd_kafka_topic_partition_list_copy(list));
  for (const std::uint64_t id : ids) {
    revoke_->waiting_for.insert(id);
    streams_.by_id(id)->revoking = true;
  }
  // The group waits for this member meanwhile, at most until its rebalance timeout, which is max.poll.interval.ms.
  const std::int64_t deadline = now + shared_.settings.max_poll_interval_ms * kMillisecond / 4;
  shared_.host.revoke(ids, static_cast<std::uint64_t>(deadline));
}

void Assignment::resolve(std::int64_t now) {
  now_ = now;
  if (taking_->partitions.empty()) return take_over();
  taking_->busy = true;
  queries_.committed(taking_->partitions, for_taking(&Assignment::on_committed));
}

Queries::Then Assignment::for_taking(void (Assignment::*next)(const Answer&)) {
  return [this, next, serial = taking_serial_](const Answer& answer) {
    if (taking_ && serial == taking_serial_) (this->*next)(answer);
  };
}

void Assignment::on_committed(const Answer& answer) {
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) return resolve_failed(answer, "reading committed offsets");
  std::vector<PartitionOffset> nothing_committed;
  for (PartitionOffset& p : taking_->partitions) {
    for (const PartitionOffset& found : answer.offsets) {
      if (found.partition != p.partition || found.topic != p.topic) continue;
      if (found.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        Answer failed;
        failed.error = found.error;
        failed.text = rd_kafka_err2str(found.error);
        return resolve_failed(failed, "reading a committed offset");
      }
      p.offset = found.offset;
      p.epoch = found.epoch;
    }
    if (p.offset < 0) nothing_committed.push_back(p);
  }
  if (nothing_committed.empty()) return take_over();
  queries_.offsets_at(nothing_committed, RD_KAFKA_OFFSET_SPEC_EARLIEST, for_taking(&Assignment::on_beginnings));
}

void Assignment::on_beginnings(const Answer& answer) {
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) return resolve_failed(answer, "asking for a log's start");
  for (const PartitionOffset& found : answer.offsets) {
    for (PartitionOffset& p : taking_->partitions) {
      if (p.offset >= 0 || p.partition != found.partition || p.topic != found.topic) continue;
      if (found.error != RD_KAFKA_RESP_ERR_NO_ERROR || found.offset < 0) {
        Answer failed;
        failed.error = found.error != 0 ? found.error : RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE;
        failed.text = rd_kafka_err2str(failed.error);
        return resolve_failed(failed, "asking for a log's start");
      }
      // A pin may be older than the log's start by now; the start is then what is left of it.
      p.offset = std::max(found.offset, starts_.pinned(p.topic, p.partition).value_or(found.offset));
      p.error = RD_KAFKA_RESP_ERR__NO_OFFSET;  // ours to commit: nobody has
    }
  }
  take_over();
}

void Assignment::resolve_failed(const Answer& answer, const char* what) {
  shared_.log.debug("asking again", {field("while", what), field("answer", answer.text)});
  if (const Verdict verdict = classify(answer.error, answer.text, 0); verdict.kind == Kind::kUnauthorized)
    shared_.health.set(Subject::kAuthorization, verdict.problem);
  for (PartitionOffset& p : taking_->partitions) p.offset = -1;
  taking_->busy = false;
  taking_->retry_at = now_ns() + shared_.timing.retry;
}

void Assignment::take_over() {
  const Taking taking = *std::exchange(taking_, std::nullopt);
  const PartitionList list = make_list(static_cast<int>(taking.partitions.size()));
  StreamTable::Streams fresh;
  for (const PartitionOffset& p : taking.partitions) {
    auto* element = rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
    element->offset = p.offset;
    if (p.epoch >= 0) rd_kafka_topic_partition_set_leader_epoch(element, p.epoch);
    fresh.push_back(make_stream(p));  // its queue is cut off before the partition is assigned
  }
  if (!assign(list.get())) return;  // the group has moved on, and says so with its next event
  shared_.health.clear(Subject::kGroup);
  shared_.health.clear(Subject::kAuthorization);
  shared_.health.publish();
  if (fresh.empty()) return;
  std::vector<mr_stream> told;
  for (auto& stream : fresh) {
    told.push_back({stream->id, str(stream->name), stream->partition, 0});
    streams_.add(std::move(stream));
  }
  shared_.log.info("partitions assigned", {field("partitions", std::to_string(told.size()))});
  shared_.host.assigned(told, streams_in_all());
  shared_.told_host = true;
}

std::unique_ptr<Stream> Assignment::make_stream(const PartitionOffset& p) {
  auto stream = std::make_unique<Stream>();
  stream->id = ++shared_.last_stream_id;
  stream->topic = p.topic;
  stream->name = settings_name(p.topic);
  stream->partition = p.partition;
  stream->queue = client_.partition_queue(p.topic, p.partition);
  stream->next = p.offset;
  stream->epochs.note(p.offset - 1, p.epoch);
  (p.error == RD_KAFKA_RESP_ERR__NO_OFFSET ? stream->wanted : stream->committed) = p.offset;
  return stream;
}

bool Assignment::assign(const rd_kafka_topic_partition_list_t* list) {
  if (cooperative())
    return !complain(shared_.log, "incremental assign", rd_kafka_incremental_assign(client_.handle(), list));
  const auto refused = rd_kafka_assign(client_.handle(), list);
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR)
    shared_.log.warn("the client refused an assignment", {field("because", rd_kafka_err2str(refused))});
  return refused == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::uint32_t Assignment::streams_in_all() const {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(starts_.partitions_in_all(), std::ssize(streams_.all())));
}

void Assignment::step(std::int64_t now) {
  now_ = now;
  if (taking_ && !taking_->busy && now >= taking_->retry_at) resolve(now);
  if (revoke_ && revoke_->partitions && rd_kafka_assignment_lost(client_.handle()) != 0) {
    const PartitionList list = std::move(revoke_->partitions);
    on_revoke(list.get(), now);
  }
  std::erase_if(resets_, [&](const Reset& reset) {  // the next owner finds out anew
    const Stream* stream = streams_.by_id(reset.stream_id);
    return !reset.busy && (stream == nullptr || stream->revoking);
  });
  for (Reset& reset : resets_)
    if (!reset.busy && now >= reset.retry_at) ask_new_position(reset);
}

std::int64_t Assignment::next_wake() const {
  std::int64_t at = std::numeric_limits<std::int64_t>::max();
  if (taking_ && !taking_->busy) at = std::min(at, taking_->retry_at);
  for (const Reset& reset : resets_)
    if (!reset.busy) at = std::min(at, reset.retry_at);
  return at;
}

void Assignment::release(std::span<const std::uint64_t> ids) {
  for (const std::uint64_t id : ids) {
    if (!revoke_ || revoke_->waiting_for.erase(id) == 0) continue;  // lost meanwhile, or never ours
    streams_.remove(id);
  }
  if (!revoke_ || !revoke_->waiting_for.empty()) return;
  const PartitionList list = std::move(revoke_->partitions);
  revoke_.reset();
  if (list) unassign(list.get());
}

void Assignment::unassign(const rd_kafka_topic_partition_list_t* list) {
  if (list != nullptr && cooperative()) {
    complain(shared_.log, "incremental unassign", rd_kafka_incremental_unassign(client_.handle(), list));
    return;
  }
  rd_kafka_assign(client_.handle(), nullptr);
}

bool Assignment::give_up(std::int64_t now) {
  taking_.reset();
  ++taking_serial_;
  if (streams_.empty()) return true;
  if (revoke_) return false;
  std::vector<std::uint64_t> ids;
  revoke_.emplace();
  for (const auto& stream : streams_.all()) {
    stream->revoking = true;
    ids.push_back(stream->id);
    revoke_->waiting_for.insert(stream->id);
  }
  shared_.host.revoke(ids, static_cast<std::uint64_t>(now + shared_.settings.max_poll_interval_ms * kMillisecond / 4));
  shared_.told_host = true;
  return false;
}

void Assignment::lose_everything() {
  taking_.reset();
  ++taking_serial_;
  revoke_.reset();
  resets_.clear();
  std::vector<std::uint64_t> ids;
  for (const auto& stream : streams_.all()) ids.push_back(stream->id);
  if (ids.empty()) return;
  shared_.host.lost(ids);
  shared_.told_host = true;
  streams_.clear();
}

void Assignment::on_position_lost(Stream& stream, std::int64_t now) {
  if (stream.resetting || stream.stopped) return;
  stream.resetting = true;
  resets_.push_back({stream.id, false, now});
}

void Assignment::ask_new_position(Reset& reset) {
  const std::uint64_t id = reset.stream_id;
  const Stream* stream = streams_.by_id(id);
  reset.busy = true;
  const bool latest = shared_.settings.on_offset_lost == OffsetLost::kLatest;
  queries_.offsets_at({{stream->topic, stream->partition}},
                      latest ? RD_KAFKA_OFFSET_SPEC_LATEST : RD_KAFKA_OFFSET_SPEC_EARLIEST,
                      [this, id](const Answer& answer) { on_new_position(id, answer); });
}

void Assignment::on_new_position(std::uint64_t id, const Answer& answer) {
  const auto reset = std::find_if(resets_.begin(), resets_.end(), [&](const Reset& r) { return r.stream_id == id; });
  Stream* stream = streams_.by_id(id);
  if (reset == resets_.end()) return;
  if (stream == nullptr || stream->revoking) {
    resets_.erase(reset);
    return;
  }
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR || answer.offsets.empty() || answer.offsets[0].error != 0 ||
      answer.offsets[0].offset < 0) {
    reset->busy = false;
    reset->retry_at = now_ns() + shared_.timing.retry;
    return;
  }
  const std::int64_t offset = answer.offsets[0].offset;
  const std::int64_t gap = std::max<std::int64_t>(offset - stream->next, 0);
  const std::string seen = place(*stream) + " should go on at " + std::to_string(stream->next) + "; its log " +
                           (shared_.settings.on_offset_lost == OffsetLost::kLatest ? "ends" : "starts") + " at " +
                           std::to_string(offset) + ".";
  if (shared_.settings.on_offset_lost == OffsetLost::kStop) {
    resets_.erase(reset);
    stream->resetting = false;
    stream->stopped = true;
    shared_.log.error("a partition stopped: its position does not exist any more", {field("seen", seen)});
    return shared_.health.set(Subject::kOffsets,
                              {MR_BROKEN, MR_DATA_LOSS, "MR3022", "", "The position of " + place(*stream) + " is lost.",
                               seen, "Set on_offset_lost to earliest or latest to go on; what lies between is gone."});
  }
  if (!restart(*stream, offset)) {
    reset->busy = false;
    reset->retry_at = now_ns() + shared_.timing.retry;
    return;
  }
  resets_.erase(reset);
  shared_.lost_records.record(static_cast<double>(gap));
  shared_.log.error("records were lost before they could be read; going on",
                    {field("seen", seen), field("records", std::to_string(gap))});
}

// Rationale for keeping the stream when its position moves forward: the host may still hold records of it in retry that
// the log's start has passed. They are ours to deliver, and a new stream would drop them.
bool Assignment::restart(Stream& stream, std::int64_t offset) {
  const bool backwards = offset < stream.next;  // the log was cut off or made anew: these are other records
  const auto place_in = [&](rd_kafka_topic_partition_list_t* list, Stream& s, std::int64_t at) {
    s.ahead.forget();  // what it brought comes again
    s.queue = client_.partition_queue(s.topic, s.partition);
    rd_kafka_topic_partition_list_add(list, s.topic.c_str(), s.partition)->offset = at;
    s.may_have_more = true;
  };
  const PartitionList list = make_list(1);
  if (cooperative()) {
    rd_kafka_topic_partition_list_add(list.get(), stream.topic.c_str(), stream.partition);
    // Refused when an earlier attempt got no further than this; the assignment below decides.
    complain(shared_.log, "unassign to restart", rd_kafka_incremental_unassign(client_.handle(), list.get()));
    const PartitionList again = make_list(1);
    place_in(again.get(), stream, offset);
    if (complain(shared_.log, "assign to restart", rd_kafka_incremental_assign(client_.handle(), again.get())))
      return false;
  } else {
    if (revoke_ || taking_) return false;  // the group is about to change it anyway
    for (const auto& other : streams_.all())
      place_in(list.get(), *other, other.get() == &stream ? offset : other->next);
    if (rd_kafka_assign(client_.handle(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  }
  stream.resetting = false;
  if (backwards) renew(stream);
  stream.next = offset;
  return true;
}

void Assignment::renew(Stream& stream) {
  const std::uint64_t old = stream.id;
  shared_.host.lost(std::span(&old, 1));
  stream.id = ++shared_.last_stream_id;
  stream.epochs = {};
  stream.committed = stream.wanted = -1;
  stream.paused = false;
  const mr_stream told{stream.id, str(stream.name), stream.partition, 0};
  shared_.host.assigned(std::span(&told, 1), streams_in_all());
  shared_.told_host = true;
}

std::vector<std::uint64_t> Assignment::ids_of(const rd_kafka_topic_partition_list_t* list) const {
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < list->cnt; ++i)
    if (const Stream* stream = streams_.find(list->elems[i].topic, list->elems[i].partition)) ids.push_back(stream->id);
  return ids;
}

std::string_view Assignment::settings_name(std::string_view topic) const {
  for (const std::string& name : shared_.settings.topics)
    if (name == topic) return name;
  return {};
}

}  // namespace millrace::kafka
