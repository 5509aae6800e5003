// Questions to the cluster whose answers arrive later: topics, offsets, the group. An interface, so that the logic of
// start positions is tested without a cluster.
//
// Invariant: every question is answered exactly once, with an error after at most the request timeout, inside poll();
// none blocks.
//
// Implemented by admin.h. Confined to the source's thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace millrace::kafka {

struct PartitionOffset {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = -1;  // -1: none
  std::int32_t epoch = -1;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

struct Answer {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;  // of the whole question; then the rest is empty
  std::string text;
  std::vector<PartitionOffset> offsets;
  std::vector<std::int32_t> partitions;  // of describe_topic
  std::string protocol;                  // of describe_group: "" when it is empty or not known
};

class Queries {
 public:
  using Then = std::function<void(const Answer&)>;
  virtual ~Queries() = default;
  virtual void describe_topic(const std::string& topic, Then then) = 0;
  virtual void describe_group(Then then) = 0;
  // What the group has committed; offset -1 where there is nothing.
  virtual void committed(const std::vector<PartitionOffset>& partitions, Then then) = 0;
  // `spec` is a time in ms or an rd_kafka_OffsetSpec_t; offset -1 where no record is that late.
  virtual void offsets_at(const std::vector<PartitionOffset>& partitions, std::int64_t spec, Then then) = 0;
  // Commits for the group as an outsider: a cluster refuses it, partition by partition, when the group has members.
  virtual void commit_as_outsider(const std::vector<PartitionOffset>& offsets, Then then) = 0;
  // The cluster can look up offsets by time (Kafka 0.10.1). To be asked after describe_topic was answered.
  virtual bool finds_offsets_by_time() = 0;
};

}  // namespace millrace::kafka
