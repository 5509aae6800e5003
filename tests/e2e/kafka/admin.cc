// librdkafka's admin API with exceptions; the contract stands in admin.h.
#include "tests/e2e/kafka/admin.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace millrace::e2e {
namespace {

constexpr int kTimeoutMs = 15'000;

using Event = std::unique_ptr<rd_kafka_event_t, void (*)(rd_kafka_event_t*)>;

[[noreturn]] void fail(const std::string& what, const char* reason) {
  throw std::runtime_error(what + ": " + (reason == nullptr ? "unknown error" : reason));
}

void check_topics(const std::string& what, const rd_kafka_topic_result_t** results, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
      fail(what, rd_kafka_topic_result_error_string(results[i]));
}

// A broker that stops or starts may name no broker at all, and librdkafka drops every one that is not named: a client
// that lives through a restart has to be told again whom to ask.
int tell_brokers_again(rd_kafka_t* client, char* statistics, std::size_t size, void*) {
  const std::string_view text(statistics, size);
  if (text.find(R"("source":"learned")") != text.npos || text.find(R"("source":"configured")") != text.npos) return 0;
  char bootstrap[512];
  std::size_t room = sizeof bootstrap;
  if (rd_kafka_conf_get(rd_kafka_conf(client), "bootstrap.servers", bootstrap, &room) == RD_KAFKA_CONF_OK)
    rd_kafka_brokers_add(client, bootstrap);
  return 0;
}

}  // namespace

rd_kafka_t* make_client(rd_kafka_type_t type, const Properties& properties,
                        void (*delivery_report)(rd_kafka_t*, const rd_kafka_message_t*, void*), void* opaque) {
  char error[512];
  rd_kafka_conf_t* settings = rd_kafka_conf_new();
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(settings, name.c_str(), value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(settings);
      fail(name, error);
    }
  // A broker that a test kills is expected; librdkafka would report it on stderr.
  rd_kafka_conf_set_log_cb(settings, [](const rd_kafka_t*, int, const char*, const char*) {});
  rd_kafka_conf_set(settings, "statistics.interval.ms", "1000", nullptr, 0);
  rd_kafka_conf_set_stats_cb(settings, tell_brokers_again);  // called from rd_kafka_poll()
  rd_kafka_conf_set_opaque(settings, opaque);
  if (delivery_report != nullptr) rd_kafka_conf_set_dr_msg_cb(settings, delivery_report);
  rd_kafka_t* client = rd_kafka_new(type, settings, error, sizeof error);
  if (client == nullptr) {
    rd_kafka_conf_destroy(settings);
    fail("cannot create a Kafka client", error);
  }
  return client;
}

Admin::Admin(const std::string& bootstrap, Properties properties) : properties_(std::move(properties)) {
  properties_.emplace_back("bootstrap.servers", bootstrap);
  properties_.emplace_back("reconnect.backoff.ms", "50");
  properties_.emplace_back("reconnect.backoff.max.ms", "200");
  // A consumer's handle: on a producer's, librdkafka 2.14 crashes when a coordinator answers NOT_COORDINATOR to
  // ListConsumerGroupOffsets, which a starting broker does.
  properties_.emplace_back("group.id", "test-admin");
  client_ = make_client(RD_KAFKA_CONSUMER, properties_);
}

Admin::~Admin() {
  rd_kafka_destroy(client_);
}

rd_kafka_event_t* Admin::ask(const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send,
                             rd_kafka_admin_op_t operation, const std::string& what) {
  rd_kafka_poll(client_, 0);
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client_);
  rd_kafka_AdminOptions_t* options = rd_kafka_AdminOptions_new(client_, operation);
  rd_kafka_AdminOptions_set_request_timeout(options, kTimeoutMs, nullptr, 0);
  send(options, queue);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kTimeoutMs + 5000);
  rd_kafka_queue_destroy(queue);
  if (event == nullptr) fail(what, "no answer");
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::string reason = rd_kafka_event_error_string(event);
    rd_kafka_event_destroy(event);
    fail(what, reason.c_str());
  }
  return event;
}

namespace {

void refresh_metadata(rd_kafka_t* client, const std::string& topic) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  if (handle == nullptr) return;
  const rd_kafka_metadata_t* answer = nullptr;
  if (rd_kafka_metadata(client, 0, handle, &answer, 2000) == RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_metadata_destroy(answer);
  rd_kafka_topic_destroy(handle);
}

}  // namespace

void Admin::create_topic(const std::string& topic, int partitions, int replication,
                         const std::map<std::string, std::string>& settings) {
  rd_kafka_NewTopic_t* fresh = rd_kafka_NewTopic_new(topic.c_str(), partitions, replication, nullptr, 0);
  for (const auto& [name, value] : settings) rd_kafka_NewTopic_set_config(fresh, name.c_str(), value.c_str());
  const std::string what = "create topic " + topic;
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(client_, &fresh, 1, options, queue);
  };
  const Event event(ask(send, RD_KAFKA_ADMIN_OP_CREATETOPICS, what), rd_kafka_event_destroy);
  rd_kafka_NewTopic_destroy(fresh);
  std::size_t count = 0;
  const rd_kafka_CreateTopics_result_t* result = rd_kafka_event_CreateTopics_result(event.get());
  check_topics(what, rd_kafka_CreateTopics_result_topics(result, &count), count);

  // A broker that has just (re)started may take the topic before it may lead: the cluster elects it a little later.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(4 * kTimeoutMs);
  std::string seen;
  for (int partition = 0; partition < partitions;) {
    std::int64_t low = 0, high = 0;
    const rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(client_, topic.c_str(), partition, &low, &high, 2000);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++partition;
      continue;
    }
    seen = rd_kafka_err2str(error);
    if (std::chrono::steady_clock::now() > deadline) fail(what, ("a partition has no leader: " + seen).c_str());
    refresh_metadata(client_, topic);  // the client would ask again by itself, but not soon
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void Admin::delete_topic(const std::string& topic) {
  rd_kafka_DeleteTopic_t* doomed = rd_kafka_DeleteTopic_new(topic.c_str());
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopics(client_, &doomed, 1, options, queue);
  };
  const Event event(ask(send, RD_KAFKA_ADMIN_OP_DELETETOPICS, "delete topic " + topic), rd_kafka_event_destroy);
  rd_kafka_DeleteTopic_destroy(doomed);
  std::size_t count = 0;
  const rd_kafka_DeleteTopics_result_t* result = rd_kafka_event_DeleteTopics_result(event.get());
  check_topics("delete topic " + topic, rd_kafka_DeleteTopics_result_topics(result, &count), count);
}

void Admin::create_partitions(const std::string& topic, int total) {
  rd_kafka_NewPartitions_t* more =
      rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(total), nullptr, 0);
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_CreatePartitions(client_, &more, 1, options, queue);
  };
  const Event event(ask(send, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, "add partitions to " + topic),
                    rd_kafka_event_destroy);
  rd_kafka_NewPartitions_destroy(more);
  std::size_t count = 0;
  const rd_kafka_CreatePartitions_result_t* result = rd_kafka_event_CreatePartitions_result(event.get());
  check_topics("add partitions to " + topic, rd_kafka_CreatePartitions_result_topics(result, &count), count);
}

void Admin::delete_records(const std::string& topic, std::int32_t partition, std::int64_t before) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = before;
  rd_kafka_DeleteRecords_t* doomed = rd_kafka_DeleteRecords_new(list);
  rd_kafka_topic_partition_list_destroy(list);
  const std::string what = "delete records of " + topic;
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteRecords(client_, &doomed, 1, options, queue);
  };
  const Event event(ask(send, RD_KAFKA_ADMIN_OP_DELETERECORDS, what), rd_kafka_event_destroy);
  rd_kafka_DeleteRecords_destroy(doomed);
  const rd_kafka_topic_partition_list_t* offsets =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  if (offsets->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(what, rd_kafka_err2str(offsets->elems[0].err));
}

std::map<std::int32_t, std::int64_t> Admin::committed(const std::string& group, const std::string& topic) {
  rd_kafka_ListConsumerGroupOffsets_t* wanted = rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr);
  const std::string what = "committed offsets of " + group;
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_ListConsumerGroupOffsets(client_, &wanted, 1, options, queue);
  };
  Event event(nullptr, rd_kafka_event_destroy);
  try {
    event.reset(ask(send, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, what));
  } catch (...) {
    rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
    throw;
  }
  rd_kafka_ListConsumerGroupOffsets_destroy(wanted);
  std::size_t count = 0;
  const rd_kafka_group_result_t** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  std::map<std::int32_t, std::int64_t> offsets;
  if (count == 0) return offsets;
  if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[0])) fail(what, rd_kafka_error_string(error));
  const rd_kafka_topic_partition_list_t* partitions = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i)
    if (partitions->elems[i].topic == topic && partitions->elems[i].offset >= 0)
      offsets[partitions->elems[i].partition] = partitions->elems[i].offset;
  return offsets;
}

Group Admin::describe_group(const std::string& group) {
  const char* name = group.c_str();
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DescribeConsumerGroups(client_, &name, 1, options, queue);
  };
  const Event event(ask(send, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, "describe group " + group),
                    rd_kafka_event_destroy);
  std::size_t count = 0;
  const rd_kafka_ConsumerGroupDescription_t** groups =
      rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
  Group found;
  if (count == 0 ||
      rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(groups[0])) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return found;
  found.state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(groups[0]));
  for (std::size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(groups[0]); ++i)
    found.members.emplace_back(
        rd_kafka_MemberDescription_consumer_id(rd_kafka_ConsumerGroupDescription_member(groups[0], i)));
  return found;
}

void Admin::delete_group(const std::string& group) {
  rd_kafka_DeleteGroup_t* doomed = rd_kafka_DeleteGroup_new(group.c_str());
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteGroups(client_, &doomed, 1, options, queue);
  };
  const Event event(ask(send, RD_KAFKA_ADMIN_OP_DELETEGROUPS, "delete group " + group), rd_kafka_event_destroy);
  rd_kafka_DeleteGroup_destroy(doomed);
}

std::pair<std::int64_t, std::int64_t> Admin::watermarks(const std::string& topic, std::int32_t partition) {
  rd_kafka_poll(client_, 0);
  std::int64_t low = -1, high = -1;
  const rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client_, topic.c_str(), partition, &low, &high, kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail("watermarks of " + topic, rd_kafka_err2str(error));
  return {low, high};
}

std::size_t Admin::look(const std::function<std::size_t(const rd_kafka_metadata_t&)>& count) {
  // A fresh client: an old one answers from its cache and keeps its reconnect back-off.
  rd_kafka_t* fresh = make_client(RD_KAFKA_CONSUMER, properties_);
  const rd_kafka_metadata_t* metadata = nullptr;
  std::size_t counted = 0;
  if (rd_kafka_metadata(fresh, 1, nullptr, &metadata, 2000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    counted = count(*metadata);
    rd_kafka_metadata_destroy(metadata);
  }
  rd_kafka_destroy(fresh);
  return counted;
}

std::size_t Admin::live_brokers() {
  return look([](const rd_kafka_metadata_t& metadata) { return static_cast<std::size_t>(metadata.broker_cnt); });
}

int Admin::leader(const std::string& topic, std::int32_t partition) {
  int id = -1;
  look([&](const rd_kafka_metadata_t& metadata) {
    for (int t = 0; t < metadata.topic_cnt; ++t)
      for (int p = 0; topic == metadata.topics[t].topic && p < metadata.topics[t].partition_cnt; ++p)
        if (metadata.topics[t].partitions[p].id == partition) id = metadata.topics[t].partitions[p].leader;
    return 0U;
  });
  return id;
}

bool Admin::wait_until_in_sync(int copies, std::chrono::milliseconds limit) {
  const auto in_sync = [&](const rd_kafka_metadata_t& metadata) -> std::size_t {
    for (int t = 0; t < metadata.topic_cnt; ++t)
      for (int p = 0; p < metadata.topics[t].partition_cnt; ++p)
        if (metadata.topics[t].partitions[p].isr_cnt < copies) return 0;
    return static_cast<std::size_t>(metadata.topic_cnt);
  };
  for (const auto deadline = std::chrono::steady_clock::now() + limit; look(in_sync) == 0;) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

void Admin::allow(const std::string& principal, rd_kafka_ResourceType_t type, const std::string& name,
                  rd_kafka_AclOperation_t operation) {
  char error[512] = "";
  const std::string what = "allow " + principal + " on " + name;
  rd_kafka_AclBinding_t* binding =
      rd_kafka_AclBinding_new(type, name.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal.c_str(), "*", operation,
                              RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, error, sizeof error);
  if (binding == nullptr) fail(what, error);
  const auto send = [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_CreateAcls(client_, &binding, 1, options, queue);
  };
  const Event event(ask(send, RD_KAFKA_ADMIN_OP_CREATEACLS, what), rd_kafka_event_destroy);
  rd_kafka_AclBinding_destroy(binding);
  std::size_t count = 0;
  const rd_kafka_acl_result_t** results =
      rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i)
    if (const rd_kafka_error_t* refused = rd_kafka_acl_result_error(results[i]))
      fail(what, rd_kafka_error_string(refused));
}

}  // namespace millrace::e2e
