// The event loop, the load and the faults. See world.h.
#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdarg>

#include "tests/simulation/host.h"

namespace millrace::simulation {

using pipeline::kMillisecond;
using pipeline::kNever;
using pipeline::kSecond;

namespace {
constexpr const char* kFaultNames[] = {"function errors",
                                       "busy",
                                       "throttle",
                                       "blocked",
                                       "partial answers",
                                       "senseless partial answers",
                                       "rejects",
                                       "body too large",
                                       "unknown outcomes",
                                       "hang",
                                       "answer lost after success",
                                       "done() inside submit()",
                                       "done() twice",
                                       "done() after the end",
                                       "submit() refuses",
                                       "encoder takes few",
                                       "encoder fails",
                                       "oversize records",
                                       "filter fails",
                                       "spool full",
                                       "commit delayed",
                                       "commit refused",
                                       "reports reordered",
                                       "no credit",
                                       "few slots",
                                       "host frozen",
                                       "rebalance",
                                       "assignment lost",
                                       "host killed",
                                       "host stopped",
                                       "log truncated",
                                       "log start moved"};
static_assert(std::size(kFaultNames) == static_cast<std::size_t>(Fault::kCount));

constexpr std::uint64_t kEventsBeforeHealing = 5'000;
constexpr std::size_t kFaultsInASeed = 18;  // of 32, each at most once, so that 2,000 seeds bring each over 1,000 times
constexpr Time kFaultsBegin = 12 * kSecond, kTimeToHeal = 300 * kSecond;

pipeline::CoreConfig configuration(Random& random) {
  pipeline::CoreConfig c;
  c.batch_size = static_cast<std::uint32_t>(random.between(1, 20));
  c.batch_window = random.chance(0.3) ? 0 : random.between(1, 500) * kMillisecond;
  c.batch_bytes = random.between(6'000, 40'000);
  c.sink_max_bytes = c.batch_bytes + (random.chance(0.5) ? 0 : random.between(1, 20'000));
  c.sink_max_records = random.chance(0.2) ? 7 : 0;
  c.max_in_flight = static_cast<std::uint32_t>(random.between(1, 5));
  c.memory = random.between(40'000, 600'000);
  c.commit_interval = random.between(50, 1'000) * kMillisecond;
  c.commit_timeout = random.between(2, 10) * kSecond;
  c.drain_timeout = random.between(1, 20) * kSecond;
  c.backoff_maximum = random.between(1, 4) * kSecond;
  c.body_keep = random.between(50, 1'000) * kMillisecond;
  c.seed = random.next();
  return c;
}
}  // namespace

const char* name(Fault fault) {
  return kFaultNames[static_cast<std::size_t>(fault)];
}

World::World(std::uint64_t seed, Coverage& coverage, bool trace)
    : seed_(seed),
      coverage_(coverage),
      trace_(trace),
      random_(seed),
      cluster_(static_cast<int>(random_.between(4, 7))),
      hosts_(random_.between(2, 3)),
      load_(random_.between(80, 160) * kMillisecond) {}
World::~World() = default;

void World::trace(const char* format, ...) {
  if (!trace_) return;
  std::printf("%12.6f ", static_cast<double>(now_) / 1e9);
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
  std::printf("\n");
}

void World::at(Time time, std::function<void()> what) {
  events_.push({std::max(time, now_), order_++, std::move(what)});
}

Host* World::host(std::uint64_t instance) {
  for (const auto& host : hosts_)
    if (host != nullptr && host->instance() == instance) return host.get();
  return nullptr;
}

void World::step() {
  if (events_.empty()) throw Violation("I8: nothing will ever happen again");
  Event event = events_.top();
  events_.pop();
  now_ = event.time;
  event.what();
  dead_.clear();
}

void World::run() {
  for (std::size_t slot = 0; slot < hosts_.size(); ++slot) start(slot);
  for (Partition& partition : cluster_.partitions()) place(partition, 0);
  after(0, [this] { produce(); });
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Fault::kCount); ++i) faults.push_back(static_cast<Fault>(i));
  for (std::size_t i = 0; i < kFaultsInASeed; ++i) {
    std::swap(faults[i], faults[i + random_.below(faults.size() - i)]);
    at(random_.between(kSecond, kFaultsBegin), [this, fault = faults[i]] { begin(fault); });
  }
  const std::uint64_t before = coverage_.all_events();
  while (coverage_.all_events() - before < kEventsBeforeHealing || now_ < kFaultsBegin + kSecond) step();

  heal();
  for (const Time deadline = now_ + kTimeToHeal; !cluster_.caught_up(); step())
    if (now_ > deadline) throw Violation("I8: no progress within 300 s of healing");
  cluster_.check_no_loss();
  for (const auto& host : hosts_)
    if (host != nullptr && !host->stopping()) host->check_nothing_is_held();

  const auto alive = [this] {
    return std::any_of(hosts_.begin(), hosts_.end(), [](const auto& h) { return h != nullptr; });
  };
  for (const auto& host : hosts_)
    if (host != nullptr && !host->stopping()) host->stop();
  for (const Time deadline = now_ + 60 * kSecond; alive(); step())
    if (now_ > deadline) throw Violation("I8: a host does not stop");
  ++coverage_.seeds;
  coverage_.delivered += cluster_.delivered_count;
  coverage_.duplicates += cluster_.duplicate_count;
  coverage_.dead_letters += cluster_.dead_count;
  coverage_.gaps += cluster_.gap_count;
}

void World::produce() {
  if (!producing_) return;
  Partition& partition = any_partition();
  for (std::uint64_t n = random_.between(1, 12); n > 0; --n) {
    const std::uint64_t what = random_.below(20);
    const auto kind = what == 0 ? Record::Kind::kControl : what == 1 ? Record::Kind::kAborted : Record::Kind::kData;
    auto size = static_cast<std::uint32_t>(random_.between(20, 1'500));
    if (random_.chance(is(Fault::kOversizeRecords) ? 0.2 : 0.003))
      size = static_cast<std::uint32_t>(random_.between(5'000, 50'000));
    const Position hole = random_.chance(0.1) ? static_cast<Position>(random_.below(6)) : 0;
    cluster_.append(partition, kind, random_.chance(0.75), size, hole);
  }
  if (Host* owner = host(partition.owner_host)) owner->interrupt();
  after(random_.below(2 * load_ / cluster_.partitions().size()), [this] { produce(); });
}

// ---- faults

void World::begin(Fault fault) {
  if (healed_) return;
  ++coverage_.faults[name(fault)];
  trace("FAULT %s", name(fault));
  if (fault >= Fault::kRebalance) return strike(fault, 0);
  const Time lasts = random_.between(300 * kMillisecond, 4 * kSecond);
  ++on_[static_cast<std::size_t>(fault)];
  strike(fault, lasts);
  after(lasts, [this, fault] {
    if (healed_) return;
    --on_[static_cast<std::size_t>(fault)];
    trace("OVER  %s", name(fault));
    if (fault == Fault::kNoCredit || fault == Fault::kFewSlots) lease(true);
  });
}

void World::strike(Fault fault, Time lasts) {
  switch (fault) {
    case Fault::kNoCredit:
    case Fault::kFewSlots:
      return lease(false);
    case Fault::kHostFrozen:
      if (const std::size_t slot = any_live_slot(true); slot < hosts_.size()) hosts_[slot]->freeze(now_ + lasts);
      return;
    case Fault::kRebalance:
      for (int i = 0; i < 3; ++i) after(random_.below(2 * kSecond), [this] { rebalance(random_.chance(0.6)); });
      return;
    case Fault::kAssignmentLost:
      for (int i = 0; i < 2; ++i) after(random_.below(2 * kSecond), [this] { lose_assignment(); });
      return;
    case Fault::kHostKilled:
      if (const std::size_t slot = any_live_slot(true); slot < hosts_.size()) kill(slot);
      return;
    case Fault::kHostStopped:
      if (const std::size_t slot = any_live_slot(false); slot < hosts_.size()) hosts_[slot]->stop();
      return;
    case Fault::kLogTruncated:
      return truncate();
    case Fault::kLogStartMoved: {
      Partition& p = any_partition();
      if (p.log.empty()) return;
      const std::size_t at = p.log.size() - std::min<std::size_t>(p.log.size(), random_.below(30));
      p.start = std::max(p.start, at < p.log.size() ? p.log[at]->position : p.end);
      return;
    }
    default:
      return;
  }
}

std::size_t World::any_live_slot(bool also_stopping) {
  std::vector<std::size_t> live;
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (hosts_[i] != nullptr && (also_stopping || !hosts_[i]->stopping())) live.push_back(i);
  return live.empty() ? hosts_.size() : random_.pick(live);
}

Partition& World::any_partition() {
  return cluster_.partition(static_cast<int>(random_.below(cluster_.partitions().size())));
}

void World::start(std::size_t slot) {
  if (hosts_[slot] != nullptr) return;
  hosts_[slot] = std::make_unique<Host>(*this, ++last_instance_, configuration(random_));
  trace("host %llu starts", static_cast<unsigned long long>(last_instance_));
  if (now_ > 2 * kSecond) after(random_.below(kSecond), [this] { rebalance(true); });
}

// Gives a partition that nobody owns to a host, some time from now.
void World::place(Partition& partition, Time delay) {
  partition.moving = true;
  after(delay, [this, &partition] {
    const std::size_t slot = any_live_slot(random_.chance(0.2));
    if (slot == hosts_.size()) return place(partition, 200 * kMillisecond);
    const StreamId id = cluster_.assign(partition, hosts_[slot]->instance());
    trace("partition %d becomes stream %llu at host %llu", partition.number, static_cast<unsigned long long>(id),
          static_cast<unsigned long long>(hosts_[slot]->instance()));
    hosts_[slot]->source().assign(id, static_cast<std::uint32_t>(partition.number % static_cast<int>(1 + seed_ % 2)));
    hosts_[slot]->interrupt();
    partition.moving = false;
  });
}

void World::rebalance(bool with_deadline) {
  Partition& p = any_partition();
  Host* owner = host(p.owner_host);
  if (healed_ || p.moving || p.owner == 0 || owner == nullptr) return;
  p.moving = true;
  const Time deadline = with_deadline ? now_ + random_.between(100 * kMillisecond, 5 * kSecond) : kNever;
  trace("revoke of stream %llu", static_cast<unsigned long long>(p.owner));
  owner->source().revoke(p.owner, deadline);
  owner->interrupt();
}

void World::released(StreamId stream) {
  Partition& p = *cluster_.assignment(stream).partition;
  if (p.owner != stream) return;
  p.owner = 0;
  place(p, random_.between(kMillisecond, 500 * kMillisecond));
}

// The session expired: the next owner starts before this one knows.
void World::lose_assignment() {
  Partition& p = any_partition();
  if (healed_ || p.owner == 0) return;
  const StreamId stream = p.owner;
  trace("stream %llu is lost", static_cast<unsigned long long>(stream));
  cluster_.excuse(stream);
  p.owner = 0;
  place(p, random_.between(kMillisecond, kSecond));
  after(random_.below(2 * kSecond), [this, instance = p.owner_host, stream] {
    if (Host* old = host(instance)) {
      old->source().lose(stream);
      old->interrupt();
    }
  });
}

void World::kill(std::size_t slot) {
  const std::uint64_t instance = hosts_[slot]->instance();
  trace("host %llu is killed", static_cast<unsigned long long>(instance));
  for (StreamId id : hosts_[slot]->source().streams()) cluster_.excuse(id);
  dead_.push_back(std::move(hosts_[slot]));
  for (Partition& p : cluster_.partitions()) {
    if (p.owner == 0 || p.owner_host != instance) continue;
    p.owner = 0;
    place(p, random_.between(100 * kMillisecond, 2 * kSecond));
  }
  after(random_.between(10 * kMillisecond, 2 * kSecond), [this, slot] { start(slot); });
}

void World::stopped(std::uint64_t instance) {
  for (std::size_t slot = 0; slot < hosts_.size(); ++slot) {
    if (hosts_[slot] == nullptr || hosts_[slot]->instance() != instance) continue;
    trace("host %llu has stopped", static_cast<unsigned long long>(instance));
    dead_.push_back(std::move(hosts_[slot]));
    if (!healed_) after(random_.between(10 * kMillisecond, 2 * kSecond), [this, slot] { start(slot); });
  }
}

// An unclean leader election: the end of the log is gone and will be written anew.
void World::truncate() {
  Partition& p = any_partition();
  const StreamId stream = p.owner;
  if (stream != 0) cluster_.excuse(stream);
  for (const auto& host : hosts_)
    if (host != nullptr) host->source().break_partition(p);  // zombies' too
  cluster_.truncate(p, random_.between(1, 15));
  if (stream == 0) return;
  p.owner = 0;
  place(p, random_.between(kMillisecond, kSecond));
  after(random_.below(kSecond), [this, instance = p.owner_host, stream] {
    if (Host* old = host(instance)) {
      old->source().lose(stream);
      old->interrupt();
    }
  });
}

void World::lease(bool restore) {
  for (const auto& host : hosts_) {
    if (host == nullptr) continue;
    const std::uint32_t slots = !restore && is(Fault::kFewSlots) ? static_cast<std::uint32_t>(random_.below(2)) : 3;
    const std::uint64_t bytes = !restore && is(Fault::kNoCredit) ? random_.below(20'000) : 300'000;
    host->lease(slots, bytes);
  }
}

void World::heal() {
  trace("HEALED");
  healed_ = true;
  producing_ = false;
  on_.fill(0);
  lease(true);
  for (std::size_t slot = 0; slot < hosts_.size(); ++slot) {
    if (hosts_[slot] == nullptr)
      start(slot);
    else
      hosts_[slot]->freeze(now_);
  }
  if (any_live_slot(false) == hosts_.size()) {  // all are stopping: somebody has to take over
    hosts_.emplace_back();
    start(hosts_.size() - 1);
  }
}

}  // namespace millrace::simulation
