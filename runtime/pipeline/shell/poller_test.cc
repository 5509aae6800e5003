// The poller against components that the test scripts: what a plugin does wrong or slowly, and what must come of it.
#include "runtime/pipeline/shell/poller.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <map>
#include <millrace/plugin.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "runtime/pipeline/shell/pipeline.h"

namespace millrace::pipeline {
namespace {

using namespace std::chrono_literals;

// What the components share with the test. One per test; the fakes find it through a pointer.
struct Script {
  std::mutex mutex;
  std::condition_variable changed;

  // source
  std::deque<std::pair<std::int64_t, std::string>> waiting;  // position, value
  bool poll_fails_once = false;
  int sources_made = 0;
  std::vector<std::int64_t> commits;
  std::set<std::uint64_t> released;
  int records_alive = 0;

  // filter
  bool filter_throws = false;

  // sink
  std::vector<std::pair<std::string, std::uint32_t>> requests;  // body, attempt
  std::string content_type;                                     // of the last one
  std::deque<std::uint32_t> outcomes;                           // of the next requests; MR_DONE when empty
  bool hold = false;                                            // keep completions instead of answering
  std::vector<millrace::Completion> held;

  template <class Predicate>
  bool wait(Predicate predicate) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, predicate);
  }
  template <class F>
  void change(F f) {
    const std::lock_guard lock(mutex);
    f();
    changed.notify_all();
  }
};
Script* script = nullptr;

class FakeSource {
 public:
  static constexpr millrace::Info info{.type = "fake_source", .summary = "s", .schema = "{}"};
  FakeSource(millrace::Host host, const millrace::Config&) : streams_(host) {
    script->change([] { ++script->sources_made; });
  }
  std::unique_ptr<millrace::Records> poll(millrace::Credit credit) {
    struct Mine : millrace::Records {
      std::deque<std::string> texts;
      Mine() {
        script->change([] { ++script->records_alive; });
      }
      ~Mine() override {
        script->change([] { --script->records_alive; });
      }
    };
    if (!assigned_) {
      assigned_ = true;
      stream_ = {static_cast<std::uint64_t>(script->sources_made) * 10, {"t", 1}, 0, 0};
      streams_.assigned(std::span(&stream_, 1), 1);
    }
    if (std::exchange(has_committed_, false)) streams_.report(std::span(&committed_, 1));
    std::unique_lock lock(script->mutex);
    if (script->waiting.empty() || credit.records == 0)
      script->changed.wait_for(lock, std::chrono::milliseconds(std::min(credit.timeout_ms, 20u)),
                               [&] { return interrupted_ || (!script->waiting.empty() && credit.records > 0); });
    interrupted_ = false;
    if (std::exchange(script->poll_fails_once, false)) throw millrace::Error(MR_INTERNAL, "the client is broken");
    if (script->waiting.empty() || credit.records == 0) return nullptr;
    const std::size_t count = std::min<std::size_t>(script->waiting.size(), credit.records);
    std::vector<std::pair<std::int64_t, std::string>> taken(
        script->waiting.begin(), script->waiting.begin() + static_cast<std::ptrdiff_t>(count));
    script->waiting.erase(script->waiting.begin(), script->waiting.begin() + static_cast<std::ptrdiff_t>(count));
    lock.unlock();
    auto records = std::make_unique<Mine>();
    records->streams.push_back(stream_);
    for (auto& [position, text] : taken) {
      const std::string& kept = records->texts.emplace_back(text);
      mr_record r{};
      r.value = {reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()};
      r.position = position;
      records->records.push_back(r);
    }
    records->retained_bytes = 1000;
    return records;
  }
  void commit(std::span<const mr_position> positions, std::uint64_t) {
    script->change([&] {
      for (const mr_position& p : positions) script->commits.push_back(p.next);
    });
    const mr_stream_state state{stream_.id, 0, 1000, 0, positions.empty() ? -1 : positions.back().next};
    committed_ = state;
    has_committed_ = true;
  }
  void set_paused(std::span<const std::uint64_t>, bool) {}
  void release_streams(std::span<const std::uint64_t> ids) {
    script->change([&] { script->released.insert(ids.begin(), ids.end()); });
  }
  void interrupt() noexcept {
    script->change([&] { interrupted_ = true; });
  }

 private:
  millrace::Streams streams_;
  mr_stream stream_{};
  mr_stream_state committed_{};
  bool assigned_ = false, has_committed_ = false;
  bool interrupted_ = false;
};

// Drops values that begin with '-'.
class FakeFilter {
 public:
  static constexpr millrace::Info info{.type = "fake_filter", .summary = "s", .schema = "{}"};
  FakeFilter(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch batch, millrace::Selection keep) const {
    keep.keep_if([&](std::uint32_t i) { return batch.value(i).empty() || batch.value(i)[0] != '-'; });
    const std::lock_guard lock(script->mutex);
    if (script->filter_throws) throw millrace::Error(MR_INTERNAL, "the filter is broken");
  }
};

// A filter that breaks its contract: it may only clear bits.
constexpr mr_filter_v1 kSetsEveryBit{.struct_size = sizeof(mr_filter_v1),
                                     .reserved = 0,
                                     .apply = [](void*, const mr_batch*, std::uint64_t* keep, mr_error*) -> mr_status {
                                       keep[0] = ~std::uint64_t{0};
                                       return MR_OK;
                                     }};

// Joins values with commas. A value "HUGE" never fits.
class FakeEncoder {
 public:
  static constexpr millrace::Info info{
      .type = "fake_encoder", .summary = "s", .schema = "{}", .content_type = "text/commas"};
  FakeEncoder(millrace::Host, const millrace::Config&) {}
  bool encode(millrace::Batch in, const std::uint64_t* keep, millrace::Limits limits, std::uint32_t& cursor,
              millrace::Writer& out) const {
    std::uint32_t taken = 0;
    std::uint32_t i = millrace::next_kept(keep, cursor, in.size());
    for (; i < in.size() && taken < limits.max_records; i = millrace::next_kept(keep, i + 1, in.size())) {
      if (in.value(i) == "HUGE") {
        if (taken == 0) {
          cursor = i;
          return false;
        }
        break;
      }
      out.append(std::string(in.value(i)) + ",");
      ++taken;
    }
    cursor = i;
    return true;
  }
};

class FakeSink {
 public:
  static constexpr millrace::Info info{.type = "fake_sink", .summary = "s", .schema = "{}", .max_in_flight = 100};
  FakeSink(millrace::Host, const millrace::Config&) {}
  bool submit(const mr_request& request, millrace::Completion& completion) {
    std::unique_lock lock(script->mutex);
    script->requests.emplace_back(std::string(millrace::view(request.body)), request.attempt);
    script->content_type = millrace::view(request.content_type);
    std::uint32_t outcome = MR_DONE;
    if (!script->outcomes.empty()) {
      outcome = script->outcomes.front();
      script->outcomes.pop_front();
    }
    script->changed.notify_all();
    if (script->hold) {
      script->held.push_back(std::move(completion));
      return true;
    }
    lock.unlock();
    switch (outcome) {
      case MR_DONE:
        std::move(completion).done();
        break;
      case MR_REJECT:
        std::move(completion).reject(MR_INVALID_ARGUMENT, "the function does not want it");
        break;
      case MR_BLOCKED:
        std::move(completion).blocked(MR_NOT_FOUND, "no such function");
        break;
      case MR_BUSY:
        std::move(completion).busy(MR_UNAVAILABLE, "throttled", 1);
        break;
      default:
        std::move(completion).retry(MR_ABORTED, "the function failed");
        break;
    }
    return true;
  }
};

class PollerTest : public ::testing::Test {
 protected:
  PollerTest() {
    script = &script_;
    std::string pattern = "/tmp/millrace-poller-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~PollerTest() override {
    stop();
    script = nullptr;
    std::filesystem::remove_all(folder_);
  }

  template <const mr_component& kTable>
  const plugin::Component& component(plugin::Kind kind) {
    auto c = std::make_unique<plugin::Component>();
    c->kind = kind;
    c->type = kTable.type;
    c->caps = kTable.caps;
    c->plugin = &plugin_;
    c->table = kTable;
    return *components_.emplace_back(std::move(c));
  }

  void run(CoreConfig core = {}, config::OnFilterError policy = config::OnFilterError::kFail) {
    core.batch_window = 0;
    core.commit_interval = 5 * kMillisecond;
    core.backoff_initial = kMillisecond;
    core.backoff_maximum = 5 * kMillisecond;
    core.poll_wait = 20 * kMillisecond;
    plugin_.name = "test";
    std::vector<std::unique_ptr<plugin::FilterInstance>> filters;
    filters.push_back(plugin::FilterInstance::create(host_,
                                                     component<millrace::filter<FakeFilter>>(plugin::Kind::kFilter),
                                                     "{}", {.component = "filters[0]"})
                          .value());
    if (with_filter_that_sets_bits_) {
      auto& setter = const_cast<plugin::Component&>(component<millrace::filter<FakeFilter>>(plugin::Kind::kFilter));
      setter.table.vtable = &kSetsEveryBit;
      filters.push_back(plugin::FilterInstance::create(host_, setter, "{}", {.component = "filters[1]"}).value());
    }
    filters_ = std::make_unique<FilterChain>(std::move(filters), policy);
    encoder_ = plugin::EncoderInstance::create(host_, component<millrace::encoder<FakeEncoder>>(plugin::Kind::kEncoder),
                                               "{}", {.component = "encoder"})
                   .value();
    sink_ = plugin::SinkInstance::create(host_, component<millrace::sink<FakeSink>>(plugin::Kind::kSink), "{}",
                                         {.component = "sink"})
                .value();
    spool_ = DeadLetterSpool::open(folder_ / "p.jsonl", 1 << 20).value();
    const plugin::Component& source = component<millrace::source<FakeSource>>(plugin::Kind::kSource);
    poller_ = std::make_unique<Poller>(
        Poller::Parts{.pipeline = "p",
                      .core = core,
                      .make_source =
                          [this, &source](plugin::StreamsListener& listener, observe::Problem* why) {
                            return plugin::SourceInstance::create(host_, source, "{}",
                                                                  {.component = "source", .streams = &listener}, why);
                          },
                      .filters = *filters_,
                      .encoder = *encoder_,
                      .sink = *sink_,
                      .spool = *spool_,
                      .executor = executor_,
                      .health = health_,
                      .log = {},
                      .clock = clock_,
                      .function = "f",
                      .bootstrap_servers = "b:1"});
    ASSERT_TRUE(poller_->create(nullptr).ok());
    ASSERT_TRUE(poller_->start(nullptr).ok());
  }
  void stop() {
    if (!poller_) return;
    poller_->request_stop();
    script_.change([&] { script_.hold = false; });
    take_held().clear();  // forgotten ones answer that they shall be tried again
    poller_->join();
    sink_->stop(0);
    poller_->finish(0);
    result_ = poller_->status();
    poller_.reset();
  }
  // A completion wakes the source, which takes the script's lock: so it is answered outside of it.
  std::vector<millrace::Completion> take_held() {
    const std::lock_guard lock(script_.mutex);
    return std::move(script_.held);
  }
  void answer_held() {
    for (millrace::Completion& completion : take_held()) std::move(completion).done();
  }
  void produce(std::int64_t from, const std::vector<std::string>& values) {
    script_.change([&] {
      for (const std::string& v : values) script_.waiting.emplace_back(from++, v);
    });
  }
  // All bodies, joined: what the function saw.
  std::string seen() {
    const std::lock_guard lock(script_.mutex);
    std::string all;
    for (const auto& [body, attempt] : script_.requests) all += body;
    return all;
  }
  bool committed(std::int64_t position) {
    return script_.wait([&] { return !script_.commits.empty() && script_.commits.back() >= position; });
  }

  Script script_;
  bool with_filter_that_sets_bits_ = false;
  std::filesystem::path folder_;
  SystemClock clock_;
  observe::HealthRegistry health_{observe::Logger(), clock_};
  observe::MetricsRegistry metrics_;
  plugin::Executor executor_;
  secrets::Resolver secrets_{secrets::Resolver::Options{}};
  plugin::PipelineHost host_{plugin::PipelineHost::Parts{.pipeline_id = "p",
                                                         .log = {},
                                                         .clock = clock_,
                                                         .health = health_,
                                                         .metrics = metrics_,
                                                         .secrets = secrets_,
                                                         .executor = executor_}};
  plugin::Plugin plugin_;
  std::vector<std::unique_ptr<plugin::Component>> components_;
  std::unique_ptr<FilterChain> filters_;
  std::unique_ptr<plugin::EncoderInstance> encoder_;
  std::unique_ptr<plugin::SinkInstance> sink_;
  std::unique_ptr<DeadLetterSpool> spool_;
  std::unique_ptr<Poller> poller_;
  PollerStatus result_;
};

TEST_F(PollerTest, DeliversWhatPassesTheFilterAndCommitsPastAllOfIt) {
  run();
  produce(100, {"a", "-b", "c", "-d"});
  EXPECT_TRUE(committed(104));
  stop();
  EXPECT_EQ(seen(), "a,c,");
  EXPECT_EQ(result_.counters.delivered, 2u);
  EXPECT_EQ(result_.counters.filtered, 2u);
  EXPECT_EQ(script_.records_alive, 0);
}

TEST_F(PollerTest, TellsTheSinkWhatTheEncoderWrites) {
  run();
  produce(0, {"a"});
  EXPECT_TRUE(committed(1));
  stop();
  EXPECT_EQ(script_.content_type, "text/commas");
}
TEST_F(PollerTest, CommitsNothingThatTheFunctionHasNotTaken) {
  script_.hold = true;
  run();
  produce(0, {"a"});
  ASSERT_TRUE(script_.wait([&] { return script_.held.size() == 1; }));
  produce(1, {"b"});
  {
    const std::lock_guard lock(script_.mutex);
    EXPECT_TRUE(script_.commits.empty());
  }
  script_.change([&] { script_.hold = false; });
  answer_held();
  EXPECT_TRUE(committed(2));
}

TEST_F(PollerTest, SendsAFailedRequestAgainWithTheSameRecordsAndCountsTheAttempt) {
  script_.outcomes = {MR_RETRY, MR_RETRY};
  run();
  produce(0, {"a", "b"});
  EXPECT_TRUE(committed(2));
  stop();
  ASSERT_EQ(script_.requests.size(), 3u);
  EXPECT_EQ(script_.requests[2], (std::pair<std::string, std::uint32_t>("a,b,", 3)));
}

TEST_F(PollerTest, StopsOnlyAfterRequestsInFlightWereAnswered) {
  script_.hold = true;
  run();
  produce(0, {"a"});
  ASSERT_TRUE(script_.wait([&] { return script_.held.size() == 1; }));
  produce(1, {"b", "c"});
  poller_->request_stop();
  answer_held();
  poller_->join();
  EXPECT_EQ(poller_->status().counters.delivered, 1u);
  EXPECT_TRUE(poller_->status().result.committed);
  EXPECT_EQ(poller_->status().result.abandoned, 0u);
  const std::lock_guard lock(script_.mutex);
  ASSERT_FALSE(script_.commits.empty());
  EXPECT_EQ(script_.commits.back(), 1);
}

TEST_F(PollerTest, SpoolsARecordThatFitsNoRequestAndDeliversItsNeighbours) {
  run();
  produce(7, {"a", "HUGE", "c"});
  EXPECT_TRUE(committed(10));
  stop();
  EXPECT_EQ(seen(), "a,c,");
  std::ifstream file(folder_ / "p.jsonl");
  const auto letter = nlohmann::json::parse(file);
  EXPECT_EQ(letter["record"]["offset"], 8);
  EXPECT_EQ(letter["record"]["value"], "SFVHRQ==");
  EXPECT_EQ(letter["requestContext"]["condition"], "MaximumPayloadSizeExceeded");
  EXPECT_EQ(result_.counters.rejected, 1u);
}

TEST_F(PollerTest, SpoolsWhatTheFunctionRejectsWithItsWords) {
  script_.outcomes = {MR_REJECT};
  run();
  produce(0, {"a"});
  EXPECT_TRUE(committed(1));
  stop();
  std::ifstream file(folder_ / "p.jsonl");
  const auto letter = nlohmann::json::parse(file);
  EXPECT_EQ(letter["requestContext"]["condition"], "RecordRejected");
  EXPECT_EQ(letter["requestContext"]["detail"], "the function does not want it");
}

TEST_F(PollerTest, IsBrokenWhileTheFunctionIsMissingAndRecoversByItself) {
  script_.outcomes = {MR_BLOCKED, MR_BLOCKED};
  std::mutex mutex;
  run();
  produce(0, {"a"});
  EXPECT_TRUE(committed(1));
  stop();
  EXPECT_GE(script_.requests.size(), 3u);
  EXPECT_EQ(health_.aggregate().state, observe::Health::kHealthy);
  EXPECT_TRUE(health_.aggregate().component.empty());
}

TEST_F(PollerTest, HoldsRecordsOfAFailingFilterUntilItWorks) {
  script_.filter_throws = true;
  run();
  produce(0, {"a", "-b"});
  ASSERT_TRUE(script_.wait([&] { return script_.waiting.empty(); }));
  for (int i = 0; i < 1000 && health_.aggregate().state != observe::Health::kBroken; ++i) std::this_thread::yield();
  script_.change([&] { script_.filter_throws = false; });
  EXPECT_TRUE(committed(2));
  stop();
  EXPECT_EQ(seen(), "a,");
}

TEST_F(PollerTest, PassesRecordsOfAFailingFilterWhenToldToKeepThem) {
  script_.filter_throws = true;
  run({}, config::OnFilterError::kKeep);
  produce(0, {"a", "-b"});
  EXPECT_TRUE(committed(2));
  stop();
  EXPECT_EQ(seen(), "a,-b,");
}

TEST_F(PollerTest, DropsRecordsOfAFailingFilterWhenToldToDropThem) {
  script_.filter_throws = true;
  run({}, config::OnFilterError::kDrop);
  produce(0, {"a", "-b"});
  EXPECT_TRUE(committed(2));
  stop();
  EXPECT_EQ(seen(), "");
}

TEST_F(PollerTest, LetsNoFilterBringBackWhatAnEarlierOneDropped) {
  with_filter_that_sets_bits_ = true;
  run();
  produce(0, {"a", "-b", "c"});
  EXPECT_TRUE(committed(3));
  stop();
  EXPECT_EQ(seen(), "a,c,");
}

TEST_F(PollerTest, MakesTheSourceAnewWhenItCannotGoOn) {
  script_.hold = true;
  run();
  produce(0, {"a"});
  ASSERT_TRUE(script_.wait([&] { return script_.held.size() == 1; }));
  script_.change([&] { script_.poll_fails_once = true; });
  ASSERT_TRUE(script_.wait([&] { return script_.sources_made == 2; }));
  script_.change([&] { script_.hold = false; });
  answer_held();  // of an assignment that is gone: commits nothing
  produce(0, {"a", "b"});
  EXPECT_TRUE(committed(2));
  stop();
  EXPECT_EQ(seen(), "a,a,b,");
}

}  // namespace
}  // namespace millrace::pipeline
