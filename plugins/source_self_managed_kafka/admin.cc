#include "admin.h"

#include <algorithm>
#include <array>
#include <memory>

namespace millrace::kafka {
namespace {

PartitionOffset from(const rd_kafka_topic_partition_t& p) {
  return {p.topic, p.partition, p.offset < 0 ? -1 : p.offset, rd_kafka_topic_partition_get_leader_epoch(&p), p.err};
}

void take_group(const rd_kafka_group_result_t* group, Answer& answer) {
  if (const rd_kafka_error_t* error = rd_kafka_group_result_error(group)) {
    answer.error = rd_kafka_error_code(error);
    answer.text = rd_kafka_error_string(error);
  }
  if (const auto* list = rd_kafka_group_result_partitions(group)) {
    for (int i = 0; i < list->cnt; ++i) answer.offsets.push_back(from(list->elems[i]));
  }
}

// How long Admin's kFirstBlock grows.
constexpr int kLongestBlock = 3'000;
// Whether a coordinator is there at all cannot be told from its silence.
constexpr int kLongestWithoutCoordinator = 600;

Answer ask_metadata(rd_kafka_t* handle, const std::string& topic, int timeout_ms) {
  Answer answer;
  const Owned<rd_kafka_topic_t, rd_kafka_topic_destroy> object(rd_kafka_topic_new(handle, topic.c_str(), nullptr));
  const struct rd_kafka_metadata* raw = nullptr;
  answer.error = rd_kafka_metadata(handle, 0, object.get(), &raw, timeout_ms);
  const Owned<const struct rd_kafka_metadata, rd_kafka_metadata_destroy> metadata(raw);
  if (answer.error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt > 0) answer.error = metadata->topics[0].err;
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    answer.text = topic + ": " + rd_kafka_err2str(answer.error);
    return answer;
  }
  for (int i = 0; metadata->topic_cnt > 0 && i < metadata->topics[0].partition_cnt; ++i)
    answer.partitions.push_back(metadata->topics[0].partitions[i].id);
  return answer;
}

// Through the member's own coordinator, which librdkafka follows when it moves; the admin API finds a coordinator of
// its own, and its cache of those is made for many questions, not for one that moves. Seen in a test's admin client: 30
// s of empty answers after a coordinator was killed.
Answer ask_committed(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* list, int timeout_ms) {
  Answer answer;
  answer.error = rd_kafka_committed(handle, list, timeout_ms);
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    answer.text = rd_kafka_err2str(answer.error);
    return answer;
  }
  for (int i = 0; i < list->cnt; ++i) answer.offsets.push_back(from(list->elems[i]));
  return answer;
}

PartitionList to_list(const std::vector<PartitionOffset>& partitions) {
  PartitionList list = make_list(static_cast<int>(partitions.size()));
  for (const PartitionOffset& p : partitions) {
    auto* element = rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
    element->offset = p.offset;
    if (p.epoch >= 0) rd_kafka_topic_partition_set_leader_epoch(element, p.epoch);
  }
  return list;
}

}  // namespace

AdminOptions Admin::options(rd_kafka_admin_op_t operation, Then then) {
  AdminOptions options(rd_kafka_AdminOptions_new(client_.handle(), operation));
  std::array<char, 128> ignored{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms_, ignored.data(), ignored.size());
  const std::uint64_t token = ++next_token_;
  waiting_.emplace(token, std::move(then));
  // The token travels through librdkafka as the opaque pointer; nobody dereferences it.
  rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(static_cast<std::uintptr_t>(token)));
  return options;
}

void Admin::on_executor(std::function<Answer(rd_kafka_t*)> question, Then then) {
  const std::uint64_t token = ++next_token_;
  waiting_.emplace(token, std::move(then));
  const Outstanding user = client_.working();
  user->fetch_add(1);
  const auto work = [handle = client_.handle(), question = std::move(question), token, inbox = inbox_, user,
                     wakeup = &client_.wakeup()] {
    Answer answer = question(handle);
    {
      const std::lock_guard lock(inbox->mutex);
      inbox->answers.emplace_back(token, std::move(answer));
    }
    wakeup->signal();
    user->fetch_sub(1);  // last: from here on the handle and the wakeup may go
  };
  if (!executor_.run(work)) work();
}

Queries::Then Admin::patiently(int& block, int longest, Then then) {
  return [&block, longest, then = std::move(then)](const Answer& answer) {
    if (answer.error == RD_KAFKA_RESP_ERR__TIMED_OUT)
      block = std::min(2 * block, longest);
    else
      block = kFirstBlock;
    then(answer);
  };
}

void Admin::describe_topic(const std::string& topic, Then then) {
  on_executor([topic, block = metadata_block_](rd_kafka_t* handle) { return ask_metadata(handle, topic, block); },
              patiently(metadata_block_, std::min(kLongestBlock, timeout_ms_), std::move(then)));
}

void Admin::describe_group(Then then) {
  const AdminOptions with = options(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, std::move(then));
  const char* group = group_.c_str();
  rd_kafka_DescribeConsumerGroups(client_.handle(), &group, 1, with.get(), client_.replies());
}

void Admin::committed(const std::vector<PartitionOffset>& partitions, Then then) {
  const std::shared_ptr<rd_kafka_topic_partition_list_t> list(to_list(partitions).release(),
                                                              rd_kafka_topic_partition_list_destroy);
  on_executor([list, block = committed_block_](rd_kafka_t* handle) { return ask_committed(handle, list.get(), block); },
              patiently(committed_block_, kLongestWithoutCoordinator, std::move(then)));
}

void Admin::offsets_at(const std::vector<PartitionOffset>& partitions, std::int64_t spec, Then then) {
  const AdminOptions with = options(RD_KAFKA_ADMIN_OP_LISTOFFSETS, std::move(then));
  // The end is then the last stable offset: a transaction that is open now and commits later is not skipped.
  const KafkaError ignored(
      rd_kafka_AdminOptions_set_isolation_level(with.get(), RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED));
  const PartitionList list = make_list(static_cast<int>(partitions.size()));
  for (const PartitionOffset& p : partitions)
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = spec;
  rd_kafka_ListOffsets(client_.handle(), list.get(), with.get(), client_.replies());
}

void Admin::commit_as_outsider(const std::vector<PartitionOffset>& offsets, Then then) {
  const AdminOptions with = options(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, std::move(then));
  const PartitionList list = to_list(offsets);
  const Owned<rd_kafka_AlterConsumerGroupOffsets_t, rd_kafka_AlterConsumerGroupOffsets_destroy> question(
      rd_kafka_AlterConsumerGroupOffsets_new(group_.c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* one = question.get();
  rd_kafka_AlterConsumerGroupOffsets(client_.handle(), &one, 1, with.get(), client_.replies());
}

// Metadata has carried the cluster's id since the same version in which offsets became searchable by time.
bool Admin::finds_offsets_by_time() {
  const std::unique_ptr<char, decltype(&free)> id(rd_kafka_clusterid(client_.handle(), 0), &free);
  return id != nullptr;
}

bool Admin::on_event(rd_kafka_event_t* event) {
  Answer answer;
  answer.error = rd_kafka_event_error(event);
  if (answer.error != RD_KAFKA_RESP_ERR_NO_ERROR) answer.text = rd_kafka_event_error_string(event);
  std::size_t count = 0;
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT:
      if (answer.error == 0) {
        const auto** groups =
            rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event), &count);
        if (count > 0 && rd_kafka_ConsumerGroupDescription_member_count(groups[0]) > 0)
          answer.protocol = rd_kafka_ConsumerGroupDescription_partition_assignor(groups[0]);
      }
      break;
    case RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT:
      if (answer.error == 0) {
        const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
            rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);
        if (count > 0) take_group(groups[0], answer);
      }
      break;
    case RD_KAFKA_EVENT_LISTOFFSETS_RESULT:
      if (answer.error == 0) {
        const auto** infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
        for (std::size_t i = 0; i < count; ++i)
          answer.offsets.push_back(from(*rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i])));
      }
      break;
    default:
      return false;
  }
  this->answer(static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event))), answer);
  return true;
}

void Admin::serve_inbox() {
  std::vector<std::pair<std::uint64_t, Answer>> answers;
  {
    const std::lock_guard lock(inbox_->mutex);
    answers.swap(inbox_->answers);
  }
  for (const auto& [token, answer] : answers) this->answer(token, answer);
}

void Admin::answer(std::uint64_t token, const Answer& answer) {
  const auto it = waiting_.find(token);
  if (it == waiting_.end()) return;
  const Then then = std::move(it->second);
  waiting_.erase(it);  // first: the handler may ask the next question
  then(answer);
}

}  // namespace millrace::kafka
