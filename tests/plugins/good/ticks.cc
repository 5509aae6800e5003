// source `ticks`: numbered records on a few streams, with everything a source has to get right and no network.
//
// Partition p of the topic delivers {"partition":p,"n":N} for N = 0, 1, ... and remembers what was committed in the
// host's state, so that a restart resumes. With `revoke_after`, the last partition is revoked, as a rebalance would,
// once so many of its records were delivered; the others go on.
//
// Confined to the source's thread, but for interrupt() and the release of batches.
#include <millrace/plugin.hpp>

#include <condition_variable>
#include <mutex>

namespace {

class Ticks {
 public:
  static constexpr millrace::Info info{.type = "ticks",
                                       .summary = "Numbered records, without a network.",
                                       .schema = R"({"type": "object", "additionalProperties": false, "properties": {
          "topic": {"type": "string", "default": "ticks", "description": "Name of the streams."},
          "partitions": {"type": "integer", "minimum": 1, "maximum": 64, "default": 2, "description": "Number of streams."},
          "records": {"type": "integer", "minimum": 0, "default": 100, "description": "On each stream; 0 for no end."},
          "per_poll": {"type": "integer", "minimum": 1, "default": 10, "description": "At most so many of a stream in a batch."},
          "revoke_after": {"type": "integer", "minimum": 0, "default": 0, "description": "Lose the last stream then; 0 for never."}}})"};

  Ticks(millrace::Host host, const millrace::Config& config)
      : streams_(host),
        state_(host.state()),
        topic_(config.at("topic").get<std::string>()),
        records_(config.at("records").get<std::int64_t>()),
        per_poll_(config.at("per_poll").get<std::uint32_t>()),
        revoke_after_(config.at("revoke_after").get<std::int64_t>()) {
    for (int p = 0; p < config.at("partitions").get<int>(); ++p) {
      Stream s{.id = static_cast<std::uint64_t>(p) + 1, .partition = p};
      if (const auto kept = state_ ? state_.get(state_key(s)) : std::nullopt) s.next = s.committed = std::stoll(*kept);
      all_.push_back(s);
    }
  }

  std::unique_ptr<millrace::Records> poll(millrace::Credit credit) {
    if (!std::exchange(assigned_, true)) assign();
    report();
    auto batch = std::make_unique<Batch>();
    for (Stream& s : all_) fill(s, credit, *batch);
    if (!batch->records.empty()) return batch;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(credit.timeout_ms), [&] { return interrupted_; });
    interrupted_ = false;
    return nullptr;
  }

  void commit(std::span<const mr_position> positions, std::uint64_t) {
    for (const mr_position& p : positions)
      for (Stream& s : all_)
        if (s.id == p.stream_id) {
          s.committed = p.next;
          if (state_) state_.put(state_key(s), std::to_string(p.next));
        }
  }
  void set_paused(std::span<const std::uint64_t> ids, bool paused) {
    for (Stream& s : all_)
      if (std::find(ids.begin(), ids.end(), s.id) != ids.end()) s.paused = paused;
  }
  void release_streams(std::span<const std::uint64_t> ids) {
    std::erase_if(all_, [&](const Stream& s) { return std::find(ids.begin(), ids.end(), s.id) != ids.end(); });
  }
  void interrupt() noexcept {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    wake_.notify_all();
  }

 private:
  struct Stream {
    std::uint64_t id;
    std::int32_t partition;
    std::int64_t next = 0, committed = -1, delivered = 0;
    bool paused = false, revoked = false;
  };
  struct Batch : millrace::Records {
    std::vector<std::unique_ptr<std::string>> values;  // behind pointers: growing must not move the bytes
  };

  std::string state_key(const Stream& s) const { return topic_ + "/" + std::to_string(s.partition); }
  mr_stream name(const Stream& s) const { return {s.id, millrace::str(topic_), s.partition, 0}; }

  void assign() {
    std::vector<mr_stream> names;
    for (const Stream& s : all_) names.push_back(name(s));
    streams_.assigned(names, static_cast<std::uint32_t>(names.size()));
  }
  void report() {
    std::vector<mr_stream_state> states;
    for (const Stream& s : all_) states.push_back({s.id, 0, records_ == 0 ? s.next : records_, s.next, s.committed});
    streams_.report(states);
    if (revoke_after_ == 0 || revoked_ || all_.empty() || all_.back().delivered < revoke_after_) return;
    revoked_ = all_.back().revoked = true;
    const std::uint64_t gone[] = {all_.back().id};
    streams_.revoke(gone, 0);
  }
  void fill(Stream& s, millrace::Credit credit, Batch& batch) {
    const auto index = static_cast<std::uint32_t>(batch.streams.size());
    std::uint32_t taken = 0;
    while (!s.paused && !s.revoked && taken < per_poll_ && batch.records.size() < credit.records &&
           (records_ == 0 || s.next < records_) && batch.retained_bytes < credit.bytes) {
      const std::string& value = *batch.values.emplace_back(std::make_unique<std::string>(
          "{\"partition\":" + std::to_string(s.partition) + ",\"n\":" + std::to_string(s.next) + "}"));
      mr_record r{};
      r.value = millrace::bytes(value);
      r.position = s.next++;
      r.timestamp_ms = -1;
      r.stream = index;
      batch.records.push_back(r);
      batch.retained_bytes += value.size();
      ++taken;
    }
    s.delivered += taken;
    if (taken > 0) batch.streams.push_back(name(s));
  }

  millrace::Streams streams_;
  millrace::State state_;
  const std::string topic_;
  const std::int64_t records_;
  const std::uint32_t per_poll_;
  const std::int64_t revoke_after_;
  std::vector<Stream> all_;
  bool assigned_ = false, revoked_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool interrupted_ = false;
};

}  // namespace

MR_PLUGIN("org.example.ticks", "1.0.0", &millrace::source<Ticks>)
