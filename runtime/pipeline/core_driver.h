// CoreDriver: a shell in miniature for the core's tests: a clock, batches of records, an encoder, and a list of what
// was ordered.
//
// It answers Encode, Copy and Commit at once as a shell must, and leaves everything else to the test. Positions and
// filters are the test's: records of a batch are given as positions, and those in `filtered` are dropped.
//
// Used by core_delivery_test.cc and core_assignment_test.cc only.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/pipeline/core.h"

namespace millrace::pipeline {

class CoreDriver {
 public:
  struct Record {
    StreamId stream;
    Position position;
    bool kept;
  };

  explicit CoreDriver(const CoreConfig& config = {}) : core(config) {}

  void assign(std::vector<StreamId> ids, std::uint32_t topic = 0) {
    std::vector<NewStream> streams;
    for (StreamId id : ids) streams.push_back({id, topic});
    feed(Assigned{streams});
  }
  void revoke(std::vector<StreamId> ids, Time deadline = kNever) { feed(Revoking{ids, deadline}); }
  void lose(std::vector<StreamId> ids) { feed(Lost{ids}); }

  std::vector<Run> runs_of(BatchId batch, bool unfiltered) const {
    std::vector<Run> runs;
    const std::vector<Record>& records = batches_.at(batch);
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      const Record& record = records[i];
      const bool kept = record.kept || unfiltered;
      if (runs.empty() || runs.back().stream != record.stream) {
        Run run;
        run.stream = record.stream;
        run.first = i;
        run.first_position = record.position;
        runs.push_back(run);
      }
      Run& run = runs.back();
      if (kept && run.kept == 0) {
        run.first = i;
        run.first_position = record.position;
      }
      run.kept += kept ? 1 : 0;
      run.filtered += kept ? 0 : 1;
      run.bytes += kept ? record_bytes : 0;
      run.count = i + 1 - run.first;
      run.next_position = record.position + 1;
    }
    return runs;
  }

  BatchId add_batch(StreamId stream, std::vector<Position> positions, std::set<Position> filtered = {}) {
    const BatchId batch = ++last_batch_;
    for (Position position : positions) batches_[batch].push_back({stream, position, !filtered.contains(position)});
    return batch;
  }
  BatchId poll(StreamId stream, std::vector<Position> positions, std::set<Position> filtered = {},
               std::uint64_t retained = 1000) {
    const BatchId batch = add_batch(stream, std::move(positions), std::move(filtered));
    const std::vector<Run> runs = runs_of(batch, false);
    feed(Polled{batch, retained, runs});
    return batch;
  }
  // Positions [from, to).
  BatchId poll_range(StreamId stream, Position from, Position to) {
    std::vector<Position> positions;
    for (Position p = from; p < to; ++p) positions.push_back(p);
    return poll(stream, positions);
  }

  void feed(const Event& event) {
    core.on(event, now, actions_);
    perform();
  }
  // Ticks until the core polls; the poll is in `last_poll`.
  void turn() {
    last_poll = {};
    for (int i = 0; i < 1000; ++i) {
      core.on(Tick{}, now, actions_);
      const bool polled = actions_.size() == 1 && std::holds_alternative<Poll>(actions_[0]);
      const bool over = actions_.empty();
      perform();
      if (polled || over || stopped) return;
    }
    FAIL() << "the core never polls";
  }
  void advance(Duration by) {
    now += by;
    turn();
  }

  // The submissions since the last call.
  std::vector<Submit> submitted() { return std::exchange(submits_, {}); }
  Submit only_submit() {
    std::vector<Submit> all = submitted();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Submit{} : all.back();
  }
  // What a request's body holds, as "stream:position".
  std::vector<std::string> body(RequestId request) const {
    std::vector<std::string> text;
    for (const Record& r : bodies_.at(request))
      text.push_back(std::to_string(r.stream) + ":" + std::to_string(r.position));
    return text;
  }
  void answer(const Submit& submit, Outcome outcome, Duration retry_after = 0) {
    feed(Answered{submit.request, submit.ticket, outcome, retry_after, {}});
  }
  void answer_partial(const Submit& submit, std::vector<std::uint32_t> indexes) {
    std::vector<FailedRecord> failed;
    const auto& places = places_.at(submit.request);
    for (std::uint32_t index : indexes) {
      FailedRecord record{index, 0, 0};
      if (index < places.size()) record = {index, places[index].second, bodies_.at(submit.request)[index].position};
      failed.push_back(record);
    }
    feed(Answered{submit.request, submit.ticket, Outcome::kPartial, 0, failed});
  }
  template <class A>
  std::vector<A> take() {
    std::vector<A> found;
    std::erase_if(log_, [&](const Action& action) {
      if (!std::holds_alternative<A>(action)) return false;
      found.push_back(std::get<A>(action));
      return true;
    });
    return found;
  }
  // Reports every committed mark as durable.
  void commits_become_durable() {
    std::vector<StreamReport> reports;
    for (const auto& [stream, next] : committed) reports.push_back({stream, -1, -1, -1, next});
    feed(Reported{reports});
  }

  Core core;
  Time now = 1'000 * kSecond;
  Poll last_poll;
  bool stopped = false;
  Stopped stop;
  bool commit_ok = true;
  bool encoder_fails = false;
  std::uint64_t record_bytes = 100;
  std::uint64_t body_bytes = 150;          // that a record takes in a body
  std::map<Position, std::uint64_t> big;   // records with another size in a body
  std::map<StreamId, Position> committed;  // highest marks of all commits
  std::vector<Commit> commits;
  std::set<BatchId> released;
  std::multiset<RequestId> discarded;
  std::vector<std::string> order;  // "commit", "release streams" in the order of their actions

 private:
  void perform() {
    while (!actions_.empty()) {
      Actions todo = std::exchange(actions_, {});
      for (std::size_t i = 0; i < todo.size(); ++i) {
        log_.push_back(todo[i]);
        std::visit([this](const auto& action) { act(action); }, todo[i]);
        // What answers at once comes before the rest of the actions, and its consequences behind them.
      }
    }
  }
  template <class A>
  void act(const A&) {}
  void act(const Poll& poll) { last_poll = poll; }
  void act(const Submit& submit) { submits_.push_back(submit); }
  void act(const Discard& discard) { discarded.insert(discard.request); }
  void act(const Release& release) { EXPECT_TRUE(released.insert(release.batch).second) << "batch released twice"; }
  void act(const Stopped& s) {
    stopped = true;
    stop = s;
  }
  void act(const ReleaseStreams&) { order.push_back("release streams"); }
  void act(const Copy& copy) { core.on(Copied{copy.batch, 500}, now, actions_); }
  void act(const Commit& commit) {
    order.push_back("commit");
    commits.push_back(commit);
    if (commit_ok)
      for (const Mark& mark : commit.marks) committed[mark.stream] = mark.next;
    core.on(CommitAnswered{commit.commit, commit_ok}, now, actions_);
  }
  void act(const Encode& encode) {
    if (encoder_fails) {
      core.on(EncodeFailed{encode.request}, now, actions_);
      return;
    }
    std::vector<Record>& body = bodies_[encode.request];
    auto& places = places_[encode.request];
    body.clear();
    places.clear();
    std::uint64_t bytes = 0;
    for (std::uint32_t s = 0; s < encode.slices.size(); ++s) {
      const Slice& slice = encode.slices[s];
      const std::vector<Record>& records = batches_.at(slice.batch);
      EXPECT_TRUE(records[slice.first].kept) << "a slice begins on a kept record";
      std::uint32_t kept = 0;
      for (std::uint32_t i = slice.first; i < slice.first + slice.count; ++i) {
        if (!records[i].kept) continue;
        const std::uint64_t size = big.contains(records[i].position) ? big.at(records[i].position) : body_bytes;
        const bool alone_too_large = body.empty() && size > encode.limits.max_bytes;
        if (alone_too_large || bytes + size > encode.limits.max_bytes || body.size() >= encode.limits.max_records) {
          std::uint32_t end = i;
          if (alone_too_large) {
            ++kept;
            for (++end; end < slice.first + slice.count && !records[end].kept;) ++end;
          }
          Cut cut{s, end - slice.first, kept, kept * record_bytes, 0};
          if (end == slice.first + slice.count)
            cut = {s + 1, 0, 0, 0, 0};
          else if (kept == 0)
            cut = {s, 0, 0, 0, 0};
          else
            cut.rest_position = records[end].position;
          if (alone_too_large)
            core.on(Oversize{encode.request, cut}, now, actions_);
          else
            core.on(Encoded{encode.request, cut, bytes}, now, actions_);
          return;
        }
        ++kept;
        bytes += size;
        body.push_back(records[i]);
        places.push_back({slice.batch, i});
      }
    }
    core.on(Encoded{encode.request, {static_cast<std::uint32_t>(encode.slices.size()), 0, 0, 0, 0}, bytes}, now,
            actions_);
  }

  Actions actions_;
  Actions log_;
  std::vector<Submit> submits_;
  BatchId last_batch_ = 0;
  std::map<BatchId, std::vector<Record>> batches_;
  std::map<RequestId, std::vector<Record>> bodies_;
  std::map<RequestId, std::vector<std::pair<BatchId, std::uint32_t>>> places_;
};

}  // namespace millrace::pipeline
