// Queries over librdkafka's admin API: requests go out at once, results come back as events on the client's reply
// queue. What that API lacks, or answers from a coordinator that is none any more, blocks on the host's executor.
//
// Invariant: a handler that waits when this object is destroyed is never called.
//
// Used by session.cc. Confined to the source's thread.
#pragma once

#include <memory>
#include <millrace/plugin.hpp>
#include <mutex>
#include <unordered_map>

#include "client.h"
#include "queries.h"

namespace millrace::kafka {

class Admin final : public Queries {
 public:
  Admin(Client& client, Executor executor, std::string group, int request_timeout_ms)
      : client_(client), executor_(executor), group_(std::move(group)), timeout_ms_(request_timeout_ms) {}

  void describe_topic(const std::string& topic, Then then) override;
  void describe_group(Then then) override;
  void committed(const std::vector<PartitionOffset>& partitions, Then then) override;
  void offsets_at(const std::vector<PartitionOffset>& partitions, std::int64_t spec, Then then) override;
  void commit_as_outsider(const std::vector<PartitionOffset>& offsets, Then then) override;
  bool finds_offsets_by_time() override;

  // Calls the handler that waits for this event. False: the event is no answer of ours.
  bool on_event(rd_kafka_event_t* event);
  // Calls the handlers of what the executor has finished.
  void serve_inbox();

 private:
  // Questions that block run on the host's executor, which the host waits for before it stops a source: so they are
  // short and asked anew, and grow only for a cluster that is there and slow.
  static constexpr int kFirstBlock = 300;  // ms

  struct Inbox {
    std::mutex mutex;
    std::vector<std::pair<std::uint64_t, Answer>> answers;  // guarded by mutex
  };
  void on_executor(std::function<Answer(rd_kafka_t*)> question, Then then);
  // Lengthens `block` for the next question when this one was asked in vain.
  static Then patiently(int& block, int longest, Then then);
  AdminOptions options(rd_kafka_admin_op_t operation, Then then);
  void answer(std::uint64_t token, const Answer& answer);

  Client& client_;
  Executor executor_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();  // shared with work that may end after this object
  std::string group_;
  int timeout_ms_;
  int metadata_block_ = kFirstBlock, committed_block_ = kFirstBlock;  // for how long the next question may block
  std::uint64_t next_token_ = 0;
  std::unordered_map<std::uint64_t, Then> waiting_;
};

}  // namespace millrace::kafka
