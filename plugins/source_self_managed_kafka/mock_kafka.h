// A Kafka cluster inside the test program (librdkafka's mock), with a producer, and a member that plays the host for
// one source. Tests only.
//
// The mock has no TLS, SASL, ACLs, lookup by time or description of groups.
//
// Confined to one thread.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <millrace/testing.hpp>

#include "source.h"

namespace millrace::kafka::testing {

class MockKafka {
 public:
  explicit MockKafka(int brokers = 1) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "2", nullptr, 0);
    char text[256];
    owner_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text));
    cluster_.reset(rd_kafka_mock_cluster_new(owner_.get(), brokers));
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_.get(), 200);
    // The producer that fills topics is another client: the first one only owns the cluster.
    conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap().c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "linger.ms", "1", nullptr, 0);
    producer_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text));
  }

  std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  rd_kafka_mock_cluster_t* cluster() const { return cluster_.get(); }
  void create_topic(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1);
  }
  void down(std::int32_t broker) { rd_kafka_mock_broker_set_down(cluster_.get(), broker); }
  void up(std::int32_t broker) { rd_kafka_mock_broker_set_up(cluster_.get(), broker); }

  struct Record {
    std::optional<std::string> key, value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
  };
  void produce(const std::string& topic, std::int32_t partition, const Record& record) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers)
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                          value ? static_cast<ssize_t>(value->size()) : 0);
    // An empty value has to have an address, or it would be absent.
    const auto bytes = [](const std::optional<std::string>& s) {
      return const_cast<char*>(s ? (s->empty() ? "" : s->data()) : nullptr);
    };
    const auto size = [](const std::optional<std::string>& s) { return s ? s->size() : std::size_t{0}; };
    const auto refused = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(bytes(record.key), size(record.key)), RD_KAFKA_V_VALUE(bytes(record.value), size(record.value)),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) throw Error(MR_INTERNAL, rd_kafka_err2str(refused));
  }
  void produce(const std::string& topic, std::int32_t partition, int first, int count) {
    for (int i = first; i < first + count; ++i) produce(topic, partition, {.key = {}, .value = std::to_string(i)});
    rd_kafka_flush(producer_.get(), 10'000);
  }
  void flush() { rd_kafka_flush(producer_.get(), 10'000); }

 private:
  Owned<rd_kafka_t, rd_kafka_destroy> owner_;
  Owned<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster_;
  Owned<rd_kafka_t, rd_kafka_destroy> producer_;
};

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
        commit(5 * kSecond);
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
