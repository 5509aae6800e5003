// The shell's loop and its actions, but for encoding. See host.h.
#include "tests/simulation/host.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/world.h"

namespace millrace::simulation {

using namespace pipeline;

Host::Host(World& world, std::uint64_t instance, const CoreConfig& config)
    : world_(world),
      instance_(instance),
      config_(config),
      core_(config),
      source_(world, instance),
      highest_slots_(config.max_in_flight),
      highest_budget_(config.memory) {
  polling_ = true;
  wake(world_.now());
}

// ---- when it runs

void Host::wake(Time at) {
  at = std::max(at, frozen_until_);
  wake_at_ = at;
  const std::uint64_t token = ++wake_token_;
  world_.at(at, [&world = world_, instance = instance_, token] {
    Host* host = world.host(instance);
    if (host != nullptr && host->wake_token_ == token) host->returned();
  });
}

void Host::interrupt() {
  if (!polling_ || stopped_) return;  // sticky: act(Poll) looks for itself
  const Time soon = world_.now() + world_.random().between(20'000, 300'000);
  if (soon < wake_at_) wake(soon);
}

void Host::freeze(Time until) {
  frozen_until_ = until;
  if (polling_ && !stopped_) wake(std::max(until, wake_at_));
}

void Host::answer(const Answer& answer) {
  inbox_.push_back({Message::Kind::kAnswer, answer, 0, {}});
  interrupt();
}
void Host::spooled(RequestId request, bool ok) {
  inbox_.push_back({ok ? Message::Kind::kSpooled : Message::Kind::kSpoolFailed, {}, request, {}});
  interrupt();
}
void Host::lease(std::uint32_t slots, std::uint64_t bytes) {
  inbox_.push_back({Message::Kind::kLease, {}, 0, {slots, bytes}});
  interrupt();
}
void Host::stop() {
  stopping_ = true;
  inbox_.push_back({Message::Kind::kStop, {}, 0, {}});
  interrupt();
}
void Host::commit_arrives(std::uint64_t id) {
  source_.resolve(id);
  interrupt();
}

// poll() returns: what the source says goes to the core in the order that event.h gives.
void Host::returned() {
  polling_ = false;
  Source::Polled polled = source_.poll(poll_.records, poll_.bytes);
  if (!polled.assigned.empty()) feed(Assigned{polled.assigned});
  if (!polled.revoked.empty()) feed(Revoking{polled.revoked, polled.revoke_deadline});
  if (!polled.lost.empty()) {
    for (StreamId id : polled.lost) world_.cluster().excuse(id);
    feed(Lost{polled.lost});
  }
  if (!polled.items.empty()) {
    const BatchId id = ++last_batch_;
    largest_poll_ = std::max(largest_poll_, polled.retained);
    batches_[id] = {std::move(polled.items), polled.retained};
    filtered(id);
  }
  if (!polled.reports.empty()) feed(Reported{polled.reports});
  turn();
}

void Host::turn() {
  int ticks = 0;
  while (!polling_ && !stopped_) {
    drain_inbox();
    perform_all();
    if (++ticks > 10'000) throw Violation("the core ticks without end");
    feed(Tick{});
    const bool only_poll = todo_.size() == 1 && std::holds_alternative<Poll>(todo_.front());
    const bool any_poll =
        std::any_of(todo_.begin(), todo_.end(), [](const Action& a) { return std::holds_alternative<Poll>(a); });
    if (any_poll && !only_poll) throw Violation("protocol: Poll beside other actions");
    if (todo_.empty()) throw Violation("protocol: a Tick ordered nothing");
    if (only_poll && !inbox_.empty()) {  // somebody interrupted meanwhile: the poll returns at once
      todo_.clear();
      continue;
    }
    perform_all();
  }
  if (stopped_) world_.stopped(instance_);
}

void Host::drain_inbox() {
  std::vector<Message> messages = std::exchange(inbox_, {});
  for (const Message& message : messages) {
    switch (message.kind) {
      case Message::Kind::kAnswer:
        deliver(message.answer);
        break;
      case Message::Kind::kSpooled:
        feed(Spooled{message.request});
        break;
      case Message::Kind::kSpoolFailed:
        feed(SpoolFailed{message.request});
        break;
      case Message::Kind::kStop:
        feed(Stop{});
        break;
      case Message::Kind::kLease:
        highest_slots_ = std::max(highest_slots_, message.lease.slots);
        highest_budget_ = std::max(highest_budget_, message.lease.bytes);  // what was polled under it is still held
        feed(message.lease);
        break;
    }
  }
}

void Host::feed(const Event& event) {
  ++world_.coverage().events[event.index()];
  if (world_.traces())
    world_.trace("host %llu <- %s", static_cast<unsigned long long>(instance_), kEventNames[event.index()]);
  core_.on(event, world_.now(), fresh_);
  for (Action& action : fresh_) todo_.push_back(std::move(action));
  fresh_.clear();
  std::uint64_t retained = 0;
  for (const auto& [id, batch] : batches_) retained += batch.retained;
  if (retained > highest_budget_ + largest_poll_)
    throw Violation("memory: batches retain " + std::to_string(retained) + " of " + std::to_string(highest_budget_));
}

void Host::perform_all() {
  while (!todo_.empty()) {
    const Action action = std::move(todo_.front());
    todo_.pop_front();
    ++world_.coverage().actions[action.index()];
    if (world_.traces()) trace_action(action);
    if (stopped_) throw Violation("protocol: an action after Stopped");
    std::visit([this](const auto& a) { act(a); }, action);
  }
}

// What done() said. The ledger is told what the host now believes, once for each submission.
void Host::deliver(const Answer& answer) {
  auto at = requests_.find(answer.request);
  std::vector<FailedRecord> failed;
  if (at != requests_.end()) {
    Request& request = at->second;
    std::int64_t last = -1;
    bool sense = true;
    for (std::uint32_t index : answer.failed) {
      FailedRecord record{index, 0, 0};
      if (index < request.items.size() && batches_.contains(request.places[index].first))
        record = {index, request.places[index].second, request.items[index].record->position};
      sense = sense && index > last && index < request.items.size();
      last = index;
      failed.push_back(record);
    }
    if (request.in_flight && request.ticket == answer.ticket) {
      request.in_flight = false;
      --in_flight_;
      for (const Invocation::Item& item : request.items)
        if (auto f = flying_.find(item.stream); f != flying_.end() && f->second == answer.request) flying_.erase(f);
      const bool partial = answer.outcome == Outcome::kPartial && sense;
      if (answer.outcome == Outcome::kDone || partial)
        for (std::uint32_t i = 0; i < request.items.size(); ++i)
          if (!std::binary_search(answer.failed.begin(), answer.failed.end(), i))
            world_.cluster().acknowledged(request.items[i].stream, *request.items[i].record);
      if (request.discarded) requests_.erase(at);
    }
  }
  feed(Answered{answer.request, answer.ticket, answer.outcome, answer.retry_after, failed});
}

Host::Batch& Host::held(BatchId id) {
  auto at = batches_.find(id);
  if (at == batches_.end()) throw Violation("protocol: batch " + std::to_string(id) + " was released");
  return at->second;
}

// ---- batches and filters

std::vector<Run> Host::runs_of(const Batch& batch, bool unfiltered) const {
  std::vector<Run> runs;
  for (std::uint32_t i = 0; i < batch.items.size(); ++i) {
    const Source::Item& item = batch.items[i];
    const bool kept = item.kept || unfiltered;
    if (runs.empty() || runs.back().stream != item.stream)
      runs.push_back({item.stream, i, 0, 0, 0, 0, item.record->position, 0});
    Run& run = runs.back();
    if (kept && run.kept == 0) {
      run.first = i;
      run.first_position = item.record->position;
    }
    run.kept += kept ? 1 : 0;
    run.filtered += kept ? 0 : 1;
    run.bytes += kept ? item.record->size : 0;
    run.count = i + 1 - run.first;
    run.next_position = item.record->position + 1;
  }
  return runs;
}

void Host::filtered(BatchId id) {
  const Batch& batch = held(id);
  const bool fails = world_.is(Fault::kFilterFails) && world_.random().chance(0.5);
  const std::vector<Run> runs = runs_of(batch, fails);
  if (fails)
    feed(FilterFailed{id, batch.retained, runs});
  else
    feed(Polled{id, batch.retained, runs});
}

void Host::act(const Refilter& action) {
  filtered(action.batch);
}

void Host::act(const Release& action) {
  held(action.batch);
  batches_.erase(action.batch);
}

void Host::act(const Copy& action) {
  Batch& batch = held(action.batch);
  std::uint64_t bytes = 0;
  for (const Source::Item& item : batch.items) bytes += item.kept ? item.record->size : 0;
  batch.retained = std::min(batch.retained, bytes);
  feed(Copied{action.batch, batch.retained});
}

// ---- the source

void Host::act(const Poll& action) {
  if (action.until > world_.now() + config_.poll_wait) throw Violation("protocol: a poll longer than poll_wait");
  if (action.until <= world_.now()) throw Violation("protocol: a poll that does not wait, with nothing to be done");
  poll_ = action;
  polling_ = true;
  wake_at_ = kNever;
  const Time least = world_.now() + world_.random().between(20'000, 500'000);
  const bool at_once = source_.has_something(action.records) || !inbox_.empty();
  wake(at_once ? least : std::max(least, action.until));
}

void Host::act(const Pause& action) {
  source_.set_paused(action.streams, action.paused);
}

void Host::act(const Commit& action) {
  bool ok = true;
  if (action.deadline == 0) {
    ok = !(world_.is(Fault::kCommitRefused) && world_.random().chance(0.2));
    if (ok) source_.commit(action.marks);
  } else {
    ok = source_.commit_now(action.marks);
    if (!ok)
      for (const Mark& mark : action.marks) world_.cluster().excuse(mark.stream);
  }
  feed(CommitAnswered{action.commit, ok});
}

void Host::act(const ReleaseStreams& action) {
  for (StreamId id : action.streams) {
    auto f = flying_.find(id);
    if (f == flying_.end()) continue;  // drained
    for (Record* record : world_.cluster().assignment(id).open) record->excused = true;
  }
  source_.release(action.streams);
}

// ---- the sink

void Host::act(const Submit& action) {
  auto at = requests_.find(action.request);
  if (at == requests_.end() || at->second.discarded) throw Violation("protocol: Submit of a request that is over");
  Request& request = at->second;
  if (request.in_flight) throw Violation("protocol: Submit of a request in flight");
  if (request.body == 0) throw Violation("protocol: Submit without a body");
  if (++in_flight_ > highest_slots_) throw Violation("more requests in flight than slots");
  request.in_flight = true;
  request.ticket = action.ticket;
  for (std::size_t from = 0; from < request.items.size();) {  // by stream, in the request's order
    std::vector<Record*> records;
    const StreamId stream = request.items[from].stream;
    for (; from < request.items.size() && request.items[from].stream == stream; ++from)
      records.push_back(request.items[from].record);
    if (!flying_.emplace(stream, action.request).second) throw Violation("I4: two requests of one stream in flight");
    world_.cluster().submitted(stream, records);
  }
  if (world_.is(Fault::kRefuseSubmit) && world_.random().chance(0.5)) {
    request.in_flight = false;
    --in_flight_;
    for (const Invocation::Item& item : request.items) flying_.erase(item.stream);
    feed(Refused{action.request, action.ticket, world_.random().chance(0.2)});
    return;
  }
  invoke(world_, {instance_, action.request, action.ticket, request.items});
}

void Host::act(const FreeBody& action) {
  requests_.at(action.request).body = 0;
}

void Host::act(const Discard& action) {
  auto at = requests_.find(action.request);
  if (at == requests_.end() || at->second.discarded) throw Violation("protocol: a request discarded twice");
  at->second.discarded = true;
  if (!at->second.in_flight) requests_.erase(at);
}

void Host::act(const Spool& action) {
  std::vector<std::pair<StreamId, Record*>> letters;
  for (const Slice& slice : action.slices) {
    const Batch& batch = held(slice.batch);
    for (std::uint32_t i = slice.first; i < slice.first + slice.count; ++i)
      if (batch.items[i].kept) letters.push_back({batch.items[i].stream, batch.items[i].record});
  }
  const bool full = world_.is(Fault::kSpoolFull);
  world_.after(world_.random().between(kMillisecond, 50 * kMillisecond),
               [&world = world_, instance = instance_, request = action.request, letters, full] {
                 Host* host = world.host(instance);
                 if (host == nullptr) return;  // killed before it wrote
                 if (!full)
                   for (const auto& [stream, record] : letters) world.cluster().dead_lettered(stream, *record);
                 host->spooled(request, !full);
               });
}

// ---- the end

void Host::act(const Health&) {}

void Host::act(const Stopped& action) {
  stopped_ = true;
  last_word_ = action;
  if (!source_.streams().empty()) throw Violation("protocol: stopped with streams that were not released");
  check_nothing_is_held();
}

void Host::check_nothing_is_held() const {
  if (!batches_.empty())
    throw Violation("protocol: " + std::to_string(batches_.size()) + " batches were never released");
  for (const auto& [id, request] : requests_)
    if (!request.discarded && (stopped_ || !request.in_flight))
      throw Violation("protocol: request " + std::to_string(id) + " was never discarded");
  if (core_.unfinished() != 0) throw Violation("the core still counts unfinished records");
}

void Host::trace_action(const Action& action) {
  std::string more;
  if (const auto* encode = std::get_if<Encode>(&action)) {
    more = " request " + std::to_string(encode->request);
    for (const Slice& s : encode->slices)
      more += " [stream " + std::to_string(s.stream) + " batch " + std::to_string(s.batch) + " " +
              std::to_string(s.first) + "+" + std::to_string(s.count) + "]";
  } else if (const auto* submit = std::get_if<Submit>(&action)) {
    more = " request " + std::to_string(submit->request) + " attempt " + std::to_string(submit->attempt) + ":";
    for (const Invocation::Item& item : requests_[submit->request].items)
      more += " " + std::to_string(item.stream) + ":" + std::to_string(item.record->position);
  } else if (const auto* commit = std::get_if<Commit>(&action)) {
    for (const Mark& mark : commit->marks) more += " " + std::to_string(mark.stream) + ":" + std::to_string(mark.next);
  } else if (const auto* released = std::get_if<ReleaseStreams>(&action)) {
    for (StreamId id : released->streams) more += " " + std::to_string(id);
  } else if (const auto* discard = std::get_if<Discard>(&action)) {
    more = " request " + std::to_string(discard->request);
  }
  world_.trace("host %llu -> %s%s", static_cast<unsigned long long>(instance_), kActionNames[action.index()],
               more.c_str());
}

}  // namespace millrace::simulation
