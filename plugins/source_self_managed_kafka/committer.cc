#include "committer.h"

#include <limits>

namespace millrace::kafka {

bool generation_is_over(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
      return true;
    default:
      return false;
  }
}

void Committer::step(std::int64_t now) {
  if (sent_at_ != 0) {
    if (now - sent_at_ >= timing_.commit_patience)
      health_.set(Subject::kCommits, {MR_DEGRADED, MR_UNAVAILABLE, "MR3029", "", "Positions are not being committed.",
                                      "The group's coordinator has not answered a commit for 10 s.",
                                      "Delivery goes on; what is delivered now comes again after a restart."});
    return;
  }
  if (now < retry_at_) return;
  PartitionList list;
  for (const auto& stream : streams_.all()) {
    if (stream->wanted <= stream->committed) continue;
    if (!list) list = make_list(static_cast<int>(streams_.all().size()));
    auto* element = rd_kafka_topic_partition_list_add(list.get(), stream->topic.c_str(), stream->partition);
    element->offset = stream->wanted;
    if (const std::int32_t epoch = stream->epochs.before(stream->wanted); epoch >= 0)
      rd_kafka_topic_partition_set_leader_epoch(element, epoch);
  }
  if (!list) return;
  const auto refused = rd_kafka_commit_queue(client_.handle(), list.get(), client_.replies(), nullptr, nullptr);
  if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) {
    sent_at_ = now;
    return;
  }
  last_error_ = refused;
  retry_at_ = now + timing_.retry;
  log_.warn("a commit was refused", {field("because", rd_kafka_err2str(refused))});
}

std::int64_t Committer::next_wake() const {
  if (sent_at_ != 0)
    return health_.has(Subject::kCommits) ? std::numeric_limits<std::int64_t>::max()
                                          : sent_at_ + timing_.commit_patience;
  for (const auto& stream : streams_.all())
    if (stream->wanted > stream->committed) return retry_at_;
  return std::numeric_limits<std::int64_t>::max();
}

bool Committer::on_event(rd_kafka_event_t* event, std::int64_t now) {
  sent_at_ = 0;
  rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  if (error == RD_KAFKA_RESP_ERR__NO_OFFSET) error = RD_KAFKA_RESP_ERR_NO_ERROR;
  bool moved = false;
  if (const auto* list = rd_kafka_event_topic_partition_list(event)) {
    for (int i = 0; i < list->cnt; ++i) {
      const auto& p = list->elems[i];
      if (p.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = p.err;
        continue;
      }
      if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      if (Stream* stream = streams_.find(p.topic, p.partition); stream != nullptr && p.offset > stream->committed) {
        stream->committed = p.offset;
        stream->epochs.forget_before(p.offset);
        moved = true;
      }
    }
  }
  last_error_ = error;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    retry_at_ = 0;
    health_.clear(Subject::kCommits);
    return moved;
  }
  // After a rebalance the same positions go out with the new generation; what the rebalance took away is not there
  // then.
  retry_at_ = now + timing_.retry;
  log_.warn("a commit failed; trying again", {field("because", rd_kafka_err2str(error))});
  if (const Verdict verdict = classify(error, rd_kafka_err2str(error), 0); verdict.kind == Kind::kUnauthorized)
    health_.set(Subject::kCommits, verdict.problem);
  return true;
}

}  // namespace millrace::kafka
