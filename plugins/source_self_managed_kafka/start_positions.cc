#include "start_positions.h"

#include <algorithm>
#include <limits>

namespace millrace::kafka {
namespace {

bool has_members(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC:
      return true;
    default:
      return false;
  }
}

// The first partition that failed, as the answer of the whole.
Answer flattened(const Answer& answer) {
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) return answer;
  for (const PartitionOffset& p : answer.offsets) {
    if (p.error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    Answer failed;
    failed.error = p.error;
    failed.text = p.topic + " [" + std::to_string(p.partition) + "]: " + rd_kafka_err2str(p.error);
    return failed;
  }
  return answer;
}

std::string_view name_of(StartKind kind) {
  switch (kind) {
    case StartKind::kTrimHorizon:
      return "TRIM_HORIZON";
    case StartKind::kLatest:
      return "LATEST";
    case StartKind::kAtTimestamp:
      return "AT_TIMESTAMP";
  }
  return "";
}

}  // namespace

StartPositions::StartPositions(const Settings& settings, Queries& queries, State state, Log log, HealthBoard& health,
                               Timing timing)
    : settings_(settings), queries_(queries), state_(state), log_(log), health_(health), timing_(timing) {
  for (const std::string& name : settings.topics) topics_.emplace_back().name = name;
}

void StartPositions::step(std::int64_t now) {
  now_ = now;
  for (Topic& topic : topics_)
    if (topic.waits() && now >= topic.retry_at) describe(topic);
  refresh_topic_health();
}

std::int64_t StartPositions::next_wake() const {
  std::int64_t at = std::numeric_limits<std::int64_t>::max();
  for (const Topic& topic : topics_) {
    if (topic.waits()) at = std::min(at, topic.retry_at);
    if (topic.unknown_since != 0 && !health_.has(Subject::kTopics))
      at = std::min(at, topic.unknown_since + timing_.unknown_grace);
  }
  return at;
}

bool StartPositions::looked_at_all() const {
  return std::all_of(topics_.begin(), topics_.end(), [](const Topic& t) { return t.looked_at; });
}

std::vector<std::string> StartPositions::ready_topics() const {
  std::vector<std::string> names;
  for (const Topic& topic : topics_)
    if (topic.ready) names.push_back(topic.name);
  return names;
}

std::int64_t StartPositions::partitions_in_all() const {
  std::size_t sum = 0;
  for (const Topic& topic : topics_) sum += topic.partitions.size();
  return static_cast<std::int64_t>(sum);
}

std::optional<std::int64_t> StartPositions::pinned(const std::string& name, std::int32_t partition) const {
  for (const Topic& topic : topics_) {
    if (topic.name != name) continue;
    for (const PartitionOffset& p : topic.pins)
      if (p.partition == partition) return p.offset;
  }
  return std::nullopt;
}

void StartPositions::note_unknown(const std::string& name, std::int64_t now) {
  for (Topic& topic : topics_) {
    if (topic.name != name || topic.unknown_since != 0) continue;
    now_ = now;
    topic.unknown_since = now;
    if (!topic.busy) wait(topic, timing_.unknown_retry);
  }
}

Queries::Then StartPositions::then(Topic& topic, Next next) {
  return [this, &topic, next](const Answer& answer) { (this->*next)(topic, answer); };
}

void StartPositions::describe(Topic& topic) {
  topic.busy = true;
  queries_.describe_topic(topic.name, then(topic, &StartPositions::on_described));
}

void StartPositions::on_described(Topic& topic, const Answer& answer) {
  if (classify(answer.error, answer.text, 0).kind == Kind::kUnknownTopic ||
      (answer.error == RD_KAFKA_RESP_ERR_NO_ERROR && answer.partitions.empty())) {
    ++answers_;
    if (topic.unknown_since == 0) {
      topic.unknown_since = now_;
      log_.warn("the cluster does not know the topic; asking again", {field("topic", topic.name)});
    }
    topic.looked_at = true;
    return wait(topic, timing_.unknown_retry);
  }
  if (failed(topic, answer, "describing the topic")) return;
  topic.unknown_since = 0;
  if (topic.ready) {  // it was gone for a while, and stayed subscribed: its partitions are new and start at their
                      // beginning
    topic.busy = false;
    return;
  }
  topic.partitions.clear();
  for (const std::int32_t partition : answer.partitions) topic.partitions.push_back({topic.name, partition});
  queries_.committed(topic.partitions, then(topic, &StartPositions::on_committed));
}

void StartPositions::on_committed(Topic& topic, const Answer& answer) {
  const Answer flat = flattened(answer);
  if (failed(topic, flat, "reading the group's committed offsets")) return;
  const bool some =
      std::any_of(flat.offsets.begin(), flat.offsets.end(), [](const PartitionOffset& p) { return p.offset >= 0; });
  if (some) return become_ready(topic);  // the others appeared later: they start at their beginning
  if (state_ && state_.get(note_key(topic))) return offsets_lost(topic);
  activate(topic, settings_.start, false);
}

void StartPositions::offsets_lost(Topic& topic) {
  switch (settings_.on_offset_lost) {
    case OffsetLost::kEarliest:
      return activate(topic, {StartKind::kTrimHorizon, 0}, true);
    case OffsetLost::kLatest:
      return activate(topic, {StartKind::kLatest, 0}, true);
    case OffsetLost::kStop:
      break;
  }
  health_.set(Subject::kOffsets,
              {MR_BROKEN, MR_DATA_LOSS, "MR3023", "", "The group's committed offsets for " + topic.name + " are gone.",
               "Group " + settings_.group + " had committed here before; a group that is empty for long is forgotten.",
               "Set the group's offsets with Kafka's own tool, or set on_offset_lost to earliest or latest."});
  topic.looked_at = topic.lost = true;
  wait(topic, timing_.unknown_retry);
}

void StartPositions::activate(Topic& topic, StartPosition from, bool again) {
  log_.info(
      again ? "the group's offsets are gone; starting again" : "the group is new to this topic; pinning its start",
      {field("topic", topic.name), field("position", name_of(from.kind))});
  switch (from.kind) {
    case StartKind::kTrimHorizon:
      return queries_.offsets_at(topic.partitions, RD_KAFKA_OFFSET_SPEC_EARLIEST,
                                 then(topic, &StartPositions::on_starts));
    case StartKind::kLatest:
      return queries_.offsets_at(topic.partitions, RD_KAFKA_OFFSET_SPEC_LATEST,
                                 then(topic, &StartPositions::on_starts));
    case StartKind::kAtTimestamp:
      break;
  }
  if (!queries_.finds_offsets_by_time()) {
    health_.set(Subject::kTopics, {MR_BROKEN, MR_UNIMPLEMENTED, "MR3024", "ESM_CONFIG_NOT_VALID",
                                   "starting_position AT_TIMESTAMP needs Kafka 0.10.1 or later.",
                                   "This cluster is older (0.10.0 or before): it cannot look up offsets by time.",
                                   "Use TRIM_HORIZON or LATEST, or upgrade the brokers."});
    topic.looked_at = true;
    return wait(topic, timing_.blocked_retry);
  }
  // The end comes first: a record that arrives between the two questions is then found by one of them.
  queries_.offsets_at(topic.partitions, RD_KAFKA_OFFSET_SPEC_LATEST, then(topic, &StartPositions::on_ends));
}

void StartPositions::on_ends(Topic& topic, const Answer& answer) {
  const Answer flat = flattened(answer);
  if (failed(topic, flat, "asking for the ends of the partitions")) return;
  topic.pins = flat.offsets;
  queries_.offsets_at(topic.partitions, settings_.start.timestamp_ms, then(topic, &StartPositions::on_times));
}

void StartPositions::on_times(Topic& topic, const Answer& answer) {
  const Answer flat = flattened(answer);
  if (failed(topic, flat, "looking up offsets by time")) return;
  for (PartitionOffset& pin : topic.pins)
    for (const PartitionOffset& found : flat.offsets)
      if (found.partition == pin.partition && found.offset >= 0) pin = found;
  pin(topic);
}

void StartPositions::on_starts(Topic& topic, const Answer& answer) {
  const Answer flat = flattened(answer);
  if (failed(topic, flat, "asking for the start positions")) return;
  topic.pins = flat.offsets;
  pin(topic);
}

void StartPositions::pin(Topic& topic) {
  queries_.commit_as_outsider(topic.pins, then(topic, &StartPositions::on_pinned));
}

void StartPositions::on_pinned(Topic& topic, const Answer& answer) {
  const Answer flat = flattened(answer);
  if (flat.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++answers_;
    topic.pins.clear();
    return become_ready(topic);
  }
  // The answer for the group says ok when a member holds a partition; the refusal stands at the partition.
  if (has_members(flat.error)) return queries_.committed(topic.partitions, then(topic, &StartPositions::on_read_again));
  failed(topic, flat, "committing the start positions");
}

void StartPositions::on_read_again(Topic& topic, const Answer& answer) {
  const Answer flat = flattened(answer);
  if (failed(topic, flat, "reading the group's committed offsets")) return;
  const bool some =
      std::any_of(flat.offsets.begin(), flat.offsets.end(), [](const PartitionOffset& p) { return p.offset >= 0; });
  if (some) topic.pins.clear();  // another member was faster
  become_ready(topic);           // else every owner pins what it is assigned
}

void StartPositions::become_ready(Topic& topic) {
  topic.ready = topic.looked_at = true;
  topic.busy = false;
  if (std::exchange(topic.lost, false)) health_.clear(Subject::kOffsets);
  if (!state_) return;
  const std::string key = note_key(topic);
  if (!state_.get(key)) state_.put(key, std::string(name_of(settings_.start.kind)));
}

void StartPositions::wait(Topic& topic, std::int64_t delay) {
  topic.busy = false;
  topic.retry_at = now_ + delay;
}

bool StartPositions::failed(Topic& topic, const Answer& answer, const char* what) {
  if (answer.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++answers_;
    return false;
  }
  log_.debug("asking again", {field("topic", topic.name), field("while", what), field("answer", answer.text)});
  const Verdict verdict = classify(answer.error, answer.text, 0);
  topic.looked_at = topic.looked_at || verdict.kind == Kind::kUnauthorized;
  if (verdict.kind == Kind::kUnauthorized) {
    ++answers_;
    health_.set(Subject::kAuthorization, verdict.problem);
  }
  wait(topic, timing_.retry);
  return true;
}

void StartPositions::refresh_topic_health() {
  const Topic* missing = nullptr;
  bool all_ready = true;
  for (const Topic& topic : topics_) {
    all_ready = all_ready && topic.ready;
    if (topic.unknown_since != 0 && now_ - topic.unknown_since >= timing_.unknown_grace && missing == nullptr)
      missing = &topic;
  }
  if (missing != nullptr) return health_.set(Subject::kTopics, unknown_topic(missing->name));
  if (all_ready) health_.clear(Subject::kTopics);
  // Later on, an ACL that is missing is the consumer's to report.
  if (all_ready && !std::exchange(were_all_ready_, true)) health_.clear(Subject::kAuthorization);
}

std::string StartPositions::note_key(const Topic& topic) const {
  // Keys may become file names in the host: everything else than the plain characters is written as its code.
  std::string key = "kafka.start.";
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : settings_.group + "/" + topic.name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (plain) {
      key += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    key += '%';
    key += kHex[byte >> 4];
    key += kHex[byte & 15];
  }
  return key;
}

}  // namespace millrace::kafka
