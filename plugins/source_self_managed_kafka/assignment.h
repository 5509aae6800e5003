// Which partitions this member owns: takes them over, gives them back, and restarts one whose position is lost.
//
// Invariants: a partition's queue is cut off from the consumer queue before the partition is assigned; every partition
// is assigned at an explicit offset; a revoke returns at once, and the partitions are let go only when the host has
// released every one of their streams (or they were lost anyway).
//
// Used by session.cc; talks to the host through Streams, so only inside poll(), release() excepted. Confined to the
// source's thread.
#pragma once

#include <functional>
#include <optional>
#include <unordered_set>

#include "committer.h"
#include "queries.h"
#include "settings.h"
#include "start_positions.h"
#include "stream.h"

namespace millrace::kafka {

class Assignment {
 public:
  // What outlives one client, or belongs to the source as a whole.
  struct Shared {
    const Settings& settings;
    millrace::Streams host;
    Log log;
    HealthBoard& health;
    Timing timing;
    std::uint64_t& last_stream_id;
    Metric lost_records;
    bool& told_host;  // set when the host learnt something that it should act on before it waits again
  };

  Assignment(Shared shared, Client& client, Queries& queries, const StartPositions& starts, StreamTable& streams,
             Committer& committer)
      : shared_(shared),
        client_(client),
        queries_(queries),
        starts_(starts),
        streams_(streams),
        committer_(committer) {}

  void on_rebalance(rd_kafka_event_t* event, std::int64_t now);
  void step(std::int64_t now);
  std::int64_t next_wake() const;
  // The host is done with these streams.
  void release(std::span<const std::uint64_t> ids);
  // The partition's position does not exist (any more).
  void on_position_lost(Stream& stream, std::int64_t now);
  // Gives everything back, to open another client afterwards. True: nothing is left.
  bool give_up(std::int64_t now);
  // The host drops everything at once: this client can commit nothing any more.
  void lose_everything();
  bool revoking() const noexcept { return revoke_.has_value(); }

 private:
  struct Taking {  // an assignment whose offsets are being resolved
    std::vector<PartitionOffset> partitions;
    bool busy = false;
    std::int64_t retry_at = 0;
  };
  struct Revoke {
    PartitionList partitions;  // null: our own doing, the group did not ask
    std::unordered_set<std::uint64_t> waiting_for;
  };
  struct Reset {
    std::uint64_t stream_id = 0;
    bool busy = false;
    std::int64_t retry_at = 0;
  };

  bool cooperative() const;
  void on_assign(const rd_kafka_topic_partition_list_t* list, std::int64_t now);
  void on_revoke(const rd_kafka_topic_partition_list_t* list, std::int64_t now);
  void resolve(std::int64_t now);
  void on_committed(const Answer& answer);
  void on_beginnings(const Answer& answer);
  void take_over();
  std::unique_ptr<Stream> make_stream(const PartitionOffset& p);
  bool assign(const rd_kafka_topic_partition_list_t* list);
  std::uint32_t streams_in_all() const;
  void resolve_failed(const Answer& answer, const char* what);
  void unassign(const rd_kafka_topic_partition_list_t* list);
  void ask_new_position(Reset& reset);
  void on_new_position(std::uint64_t stream_id, const Answer& answer);
  bool restart(Stream& stream, std::int64_t offset);
  void renew(Stream& stream);
  std::vector<std::uint64_t> ids_of(const rd_kafka_topic_partition_list_t* list) const;
  std::string_view settings_name(std::string_view topic) const;
  Queries::Then for_taking(void (Assignment::*next)(const Answer&));

  Shared shared_;
  Client& client_;
  Queries& queries_;
  const StartPositions& starts_;
  StreamTable& streams_;
  Committer& committer_;
  std::optional<Taking> taking_;
  std::uint64_t taking_serial_ = 0;
  std::optional<Revoke> revoke_;
  std::vector<Reset> resets_;
  std::int64_t now_ = 0;
};

}  // namespace millrace::kafka
