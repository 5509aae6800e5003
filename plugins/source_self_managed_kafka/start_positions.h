// Decides, topic by topic and before the first subscription, where the group begins.
//
// Invariant: no topic is subscribed to before every one of its partitions has a committed offset or is known to start
// at the beginning of its log. Pinning only what one member is assigned would lose or repeat records: with LATEST and
// two members, a partition whose owner died before its first commit would begin at a later "latest".
//
// What was committed always wins; the starting position only serves a group that has committed nothing for a topic,
// once: the activation is noted in the host's state, and a group whose offsets vanished afterwards is `on_offset_lost`.
//
// Used by session.cc inside poll(). Confined to the source's thread.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "health_board.h"
#include "queries.h"
#include "settings.h"
#include "timing.h"

namespace millrace::kafka {

class StartPositions {
 public:
  StartPositions(const Settings& settings, Queries& queries, State state, Log log, HealthBoard& health, Timing timing);

  // Asks what is due. Its answers come through Queries and may call it again.
  void step(std::int64_t now);
  std::int64_t next_wake() const;

  // Every topic is ready, or was looked at and has to wait: subscribing to the ready ones no longer means a rebalance
  // for each.
  bool looked_at_all() const;
  std::vector<std::string> ready_topics() const;
  std::int64_t partitions_in_all() const;
  // Where a partition without a committed offset starts when the cluster let nobody pin it; nothing: at its beginning.
  std::optional<std::int64_t> pinned(const std::string& topic, std::int32_t partition) const;
  // A cluster that was asked said something else than "no broker".
  std::int64_t answers() const noexcept { return answers_; }
  // The consumer reports a subscribed topic as unknown, or as there again.
  void note_unknown(const std::string& topic, std::int64_t now);

 private:
  struct Topic {
    std::string name;
    bool ready = false, busy = false, looked_at = false, lost = false;
    bool waits() const { return !busy && (!ready || unknown_since != 0); }
    std::int64_t retry_at = 0;
    std::int64_t unknown_since = 0;  // 0: it is known
    std::vector<PartitionOffset> partitions;
    std::vector<PartitionOffset> pins;  // kept when commit_as_outsider was refused
  };
  using Next = void (StartPositions::*)(Topic&, const Answer&);

  void describe(Topic& topic);
  void on_described(Topic& topic, const Answer& answer);
  void on_committed(Topic& topic, const Answer& answer);
  void activate(Topic& topic, StartPosition from, bool again);
  void on_ends(Topic& topic, const Answer& answer);
  void on_times(Topic& topic, const Answer& answer);
  void on_starts(Topic& topic, const Answer& answer);
  void pin(Topic& topic);
  void on_pinned(Topic& topic, const Answer& answer);
  void on_read_again(Topic& topic, const Answer& answer);
  void offsets_lost(Topic& topic);
  void become_ready(Topic& topic);
  void wait(Topic& topic, std::int64_t delay);
  bool failed(Topic& topic, const Answer& answer, const char* what);
  Queries::Then then(Topic& topic, Next next);
  void refresh_topic_health();
  std::string note_key(const Topic& topic) const;

  const Settings& settings_;
  Queries& queries_;
  State state_;
  Log log_;
  HealthBoard& health_;
  Timing timing_;
  std::vector<Topic> topics_;  // never resized after the constructor: handlers keep references
  std::int64_t now_ = 0;
  std::int64_t answers_ = 0;
  bool were_all_ready_ = false;
};

}  // namespace millrace::kafka
