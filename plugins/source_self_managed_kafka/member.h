// A test that plays the host for one source: polls, keeps what comes, lets revoked streams go. For the mock cluster and
// for real Kafka. Tests only.
//
// Confined to one thread.
#pragma once

#include <functional>
#include <iostream>
#include <map>
#include <millrace/testing.hpp>
#include <optional>
#include <string>
#include <vector>

#include "source.h"

namespace millrace::kafka::testing {

// The source with delays that a test can wait for.
class QuickSource : public Source {
 public:
  QuickSource(Host host, const Config& config) : Source(host, config, quick()) {}
  static Timing quick() {
    Timing t;
    t.retry = 100 * kMillisecond;
    t.unknown_retry = 200 * kMillisecond;
    t.unknown_grace = 500 * kMillisecond;
    t.blocked_retry = 500 * kMillisecond;
    t.report = 100 * kMillisecond;
    t.probe = 300 * kMillisecond;
    t.reopen = 200 * kMillisecond;
    t.request_timeout_ms = 3'000;
    return t;
  }
};

// One host with one source: collects what it is given, and finishes it at once unless the test says otherwise.
class Member {
 public:
  using Place = std::pair<std::string, std::int32_t>;
  struct Got {
    std::int64_t offset;
    std::optional<std::string> key, value;
    std::uint64_t stream_id;
  };

  Member(Config config, std::function<void(millrace::testing::FakeHost&)> prepare = {}) {
    if (prepare) prepare(host);
    instance.emplace(millrace::source<QuickSource>, host, std::move(config));
    instance->start();
  }

  // One turn of a host: poll, keep what came, let revoked streams go.
  void turn(std::uint32_t records = 1000, std::uint32_t timeout_ms = 20, std::uint64_t bytes = 4u << 20) {
    const millrace::testing::Polled polled = instance->poll(records, bytes, timeout_ms);
    const Batch batch = polled.batch();
    for (std::uint32_t i = 0; i < polled.size(); ++i) {
      const mr_stream& stream = batch.stream(i);
      const auto text = [](const mr_bytes& b) {
        return b.data == nullptr ? std::nullopt : std::optional(std::string(view(b)));
      };
      got[{std::string(view(stream.name)), stream.partition}].push_back(
          {batch.position(i), text(batch[i].key), text(batch[i].value), stream.id});
      next[stream.id] = batch.position(i) + 1;
    }
    const auto events = host.streams();
    if (!holds_on && events.revoked.size() > released) {
      const std::vector<std::uint64_t> ids(events.revoked.begin() + static_cast<std::ptrdiff_t>(released),
                                           events.revoked.end());
      released = events.revoked.size();
      try {
        commit(20 * kSecond);
      } catch (const Error&) {
        ++failed_commits;
      }
      instance->release_streams(ids);
    }
  }
  // Everything that was given so far is finished.
  void commit(std::int64_t patience = 0) {
    std::vector<mr_position> positions;
    for (const auto& [id, position] : next) positions.push_back({id, position});
    instance->commit(positions, patience == 0 ? 0 : static_cast<std::uint64_t>(now_ns() + patience));
  }
  template <class Condition>
  bool run_until(Condition&& condition, std::int64_t at_most = 30 * kSecond, std::uint32_t records = 1000) {
    const std::int64_t deadline = now_ns() + at_most;
    while (!condition()) {
      if (now_ns() > deadline) {
        const auto lines = host.logs();
        for (std::size_t i = lines.size() > 40 ? lines.size() - 40 : 0; i < lines.size(); ++i) {
          std::cerr << lines[i].message;
          for (const auto& [key, value] : lines[i].fields) std::cerr << ' ' << key << '=' << value;
          std::cerr << '\n';
        }
        std::cerr << "health: " << health_id() << '\n';
        return false;
      }
      turn(records);
    }
    return true;
  }
  std::size_t count(const std::string& topic) const {
    std::size_t n = 0;
    for (const auto& [place, records] : got)
      if (place.first == topic) n += records.size();
    return n;
  }
  std::vector<std::int64_t> offsets(const std::string& topic, std::int32_t partition) const {
    std::vector<std::int64_t> all;
    if (const auto it = got.find({topic, partition}); it != got.end())
      for (const Got& g : it->second) all.push_back(g.offset);
    return all;
  }
  // Streams that are ours right now.
  std::size_t owned() const {
    const auto events = host.streams();
    return events.assigned.size() - events.revoked.size() - events.lost.size();
  }
  std::uint64_t stream_of(const std::string& topic, std::int32_t partition) const {
    std::uint64_t id = 0;
    for (const auto& s : host.streams().assigned)
      if (s.topic == topic && s.partition == partition) id = s.id;
    return id;
  }
  std::string health_id() const {
    const auto last = host.last_health();
    return !last ? "none" : last->state == MR_HEALTHY ? "" : last->problem.id();
  }
  bool said(const std::string& id) const {
    for (const auto& report : host.health())
      if (report.problem.id() == id) return true;
    return false;
  }

  millrace::testing::FakeHost host;
  std::optional<millrace::testing::Instance> instance;
  std::map<Place, std::vector<Got>> got;
  std::map<std::uint64_t, std::int64_t> next;
  std::size_t released = 0;
  int failed_commits = 0;
  bool holds_on = false;  // does not release revoked streams
};

inline std::vector<std::int64_t> counted(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = first; i < first + count; ++i) all.push_back(i);
  return all;
}

}  // namespace millrace::kafka::testing
