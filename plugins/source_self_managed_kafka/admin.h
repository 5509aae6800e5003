// Queries over librdkafka's admin API: requests go out at once, results come back as events on the client's reply
// queue.
//
// Invariant: a handler that waits when this object is destroyed is never called.
//
// Used by session.cc. Confined to the source's thread.
#pragma once

#include <atomic>
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
  // Lets work on the executor end soon: its answers are not waited for any more.
  void cancel() { inbox_->cancelled.store(true); }

 private:
  struct Inbox {
    std::mutex mutex;
    std::vector<std::pair<std::uint64_t, Answer>> answers;  // guarded by mutex
    std::atomic<bool> cancelled{false};
  };
  AdminOptions options(rd_kafka_admin_op_t operation, Then then);
  void answer(std::uint64_t token, const Answer& answer);

  Client& client_;
  Executor executor_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();  // shared with work that may end after this object
  std::string group_;
  int timeout_ms_;
  std::uint64_t next_token_ = 0;
  std::unordered_map<std::uint64_t, Then> waiting_;
};

}  // namespace millrace::kafka
