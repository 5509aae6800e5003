// World: simulated time, the events to come, the faults that are on, and everything they act upon.
//
// One seed gives one world: its configuration, its load, its faults and their times. All time is simulated; nothing
// sleeps.
//
// Confined to the main thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <queue>

#include "tests/simulation/cluster.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/random.h"

namespace millrace::simulation {

class Host;

enum class Fault {
  kFunctionErrors,
  kBusy,
  kThrottle,
  kBlocked,
  kPartial,
  kBadPartial,
  kReject,
  kTooLarge,
  kUnknownOutcome,
  kHang,
  kLostAnswer,
  kDoneInsideSubmit,
  kDoneTwice,
  kDoneAfterTheEnd,
  kRefuseSubmit,
  kEncoderTakesFew,
  kEncoderFails,
  kOversizeRecords,
  kFilterFails,
  kSpoolFull,
  kCommitDelayed,
  kCommitRefused,
  kReportsReordered,
  kNoCredit,
  kFewSlots,
  kHostFrozen,  // up to here: a while; from here: a moment
  kRebalance,
  kAssignmentLost,
  kHostKilled,
  kHostStopped,
  kLogTruncated,
  kLogStartMoved,
  kCount
};
const char* name(Fault fault);

class World {
 public:
  World(std::uint64_t seed, Coverage& coverage, bool trace);
  ~World();

  void run();  // throws Violation

  // ---- for hosts and the function
  Time now() const { return now_; }
  Random& random() { return random_; }
  Cluster& cluster() { return cluster_; }
  Coverage& coverage() { return coverage_; }
  bool is(Fault fault) const { return on_[static_cast<std::size_t>(fault)] > 0; }
  void at(Time time, std::function<void()> what);
  void after(Time delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
  Host* host(std::uint64_t instance);    // null when it is dead
  void released(StreamId stream);        // a host let go of it
  void stopped(std::uint64_t instance);  // a host came to its end
  bool traces() const { return trace_; }
  void trace(const char* format, ...) __attribute__((format(printf, 2, 3)));

 private:
  void step();
  void produce();
  void begin(Fault fault);
  void strike(Fault fault, Time lasts);
  void rebalance(bool with_deadline);
  void lose_assignment();
  void kill(std::size_t slot);
  void start(std::size_t slot);
  void place(Partition& partition, Time delay);
  void truncate();
  void lease(bool restore);
  void heal();
  std::size_t any_live_slot(bool also_stopping);
  Partition& any_partition();

  struct Event {
    Time time;
    std::uint64_t order;
    std::function<void()> what;
    bool operator>(const Event& o) const { return time != o.time ? time > o.time : order > o.order; }
  };
  std::uint64_t seed_;
  Coverage& coverage_;
  bool trace_;
  Random random_;
  Time now_ = 1'000'000'000;
  std::uint64_t order_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  Cluster cluster_;
  std::vector<std::unique_ptr<Host>> hosts_;  // by slot; null: down
  std::vector<std::unique_ptr<Host>> dead_;   // an event of theirs may still be running
  std::uint64_t last_instance_ = 0;
  std::array<int, static_cast<std::size_t>(Fault::kCount)> on_{};
  bool healed_ = false;
  bool producing_ = true;
  pipeline::Duration load_;  // mean time between two bursts of a partition
};

}  // namespace millrace::simulation
