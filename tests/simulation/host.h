// Host: the shell around one Core in the simulation, in the order that runtime/pipeline/core.h asks for: inbox, actions
// and what answers them, Tick, Poll. It keeps what BatchStore keeps and checks that the core never asks for what it let
// go.
//
// Killing a host is destroying it: whatever is under way answers to nobody.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "runtime/pipeline/core.h"
#include "tests/simulation/function.h"
#include "tests/simulation/source.h"

namespace millrace::simulation {

class Host {
 public:
  Host(World& world, std::uint64_t instance, const pipeline::CoreConfig& config);

  std::uint64_t instance() const { return instance_; }
  Source& source() { return source_; }
  pipeline::Core& core() { return core_; }

  // ---- interrupts
  void answer(const Answer& answer);
  void spooled(pipeline::RequestId request, bool ok);
  void commit_arrives(std::uint64_t id);
  void lease(std::uint32_t slots, std::uint64_t bytes);
  void stop();
  void interrupt();  // poll() returns soon
  void freeze(Time until);

  bool stopping() const { return stopping_; }
  bool stopped() const { return stopped_; }
  const pipeline::Stopped& last_word() const { return last_word_; }
  void check_nothing_is_held() const;  // after everything was finished

 private:
  struct Batch {
    std::vector<Source::Item> items;
    std::uint64_t retained = 0;
  };
  struct Request {
    std::vector<Invocation::Item> items;
    std::vector<std::pair<pipeline::BatchId, std::uint32_t>> places;  // batch and index in it, of each item
    std::uint64_t body = 0;
    pipeline::Ticket ticket = 0;  // in flight
    bool in_flight = false, discarded = false;
  };
  struct Message {
    enum class Kind { kAnswer, kSpooled, kSpoolFailed, kLease, kStop } kind;
    Answer answer;
    pipeline::RequestId request = 0;
    pipeline::Lease lease;
  };

  void wake(Time at);
  void returned();  // from poll()
  void turn();
  void drain_inbox();
  void feed(const pipeline::Event& event);
  void perform_all();
  void deliver(const Answer& answer);
  std::vector<pipeline::Run> runs_of(const Batch& batch, bool unfiltered) const;
  void filtered(pipeline::BatchId id);  // feeds Polled or FilterFailed
  void trace_action(const pipeline::Action& action);

  void act(const pipeline::Poll&);
  void act(const pipeline::Encode&);
  void act(const pipeline::Submit&);
  void act(const pipeline::Discard&);
  void act(const pipeline::Release&);
  void act(const pipeline::Pause&);
  void act(const pipeline::Copy&);
  void act(const pipeline::FreeBody&);
  void act(const pipeline::Spool&);
  void act(const pipeline::Refilter&);
  void act(const pipeline::Commit&);
  void act(const pipeline::ReleaseStreams&);
  void act(const pipeline::Health&);
  void act(const pipeline::Stopped&);
  Batch& held(pipeline::BatchId id);

  World& world_;
  std::uint64_t instance_;
  pipeline::CoreConfig config_;
  pipeline::Core core_;
  Source source_;
  std::deque<pipeline::Action> todo_;
  pipeline::Actions fresh_;
  std::vector<Message> inbox_;
  std::unordered_map<pipeline::BatchId, Batch> batches_;
  std::unordered_map<pipeline::RequestId, Request> requests_;
  std::unordered_map<StreamId, pipeline::RequestId> flying_;  // the one request in flight of each stream
  pipeline::BatchId last_batch_ = 0;
  std::uint32_t in_flight_ = 0, highest_slots_;
  std::uint64_t highest_budget_, largest_poll_ = 0;
  pipeline::Poll poll_;
  bool polling_ = false, stopping_ = false, stopped_ = false, running_ = false;
  Time wake_at_ = pipeline::kNever, frozen_until_ = 0;
  std::uint64_t wake_token_ = 0;
  pipeline::Stopped last_word_;
};

}  // namespace millrace::simulation
