// FakeHost: a host for unit tests that records what a component does to it and answers from maps that the test fills.
//
// Nothing happens by itself: timers run when the test moves the clock, blocking work runs on joined threads or when the
// test says so, and no wait has a sleep in it. One FakeHost serves one component instance, as a real mr_host does.
//
// Thread-safe, except for the public members, which a test sets before it creates the component.
#pragma once

#include <millrace/testing_executor.hpp>

#include <set>

namespace millrace::testing {

struct LogLine {
  std::uint32_t level;
  std::string message;
  std::map<std::string, std::string> fields;
};
struct HealthReport {
  std::uint32_t state;
  Error problem;  // MR_UNKNOWN and empty text when healthy
};
struct Property {
  std::string name, value;
  bool is_secret = false;
};
struct MetricValue {
  std::uint32_t type;
  std::string name, help, unit;
  std::vector<double> recorded;
  double sum() const {
    double s = 0;
    for (const double v : recorded) s += v;
    return s;
  }
};
struct StreamName {
  std::uint64_t id;
  std::string topic;
  std::int32_t partition;
};
// What a source said through millrace.streams/1, in order of arrival.
struct StreamEvents {
  std::vector<StreamName> assigned;
  std::uint32_t streams_in_all = 0;
  std::vector<std::uint64_t> revoked;
  std::uint64_t revoke_deadline_ns = 0;
  std::vector<std::uint64_t> lost;
  std::map<std::uint64_t, mr_stream_state> states;  // the last report of each stream
};

class FakeHost {
 public:
  explicit FakeHost(ExecutorMode mode = ExecutorMode::kThreads) : executor_(mode) {
    abi_.struct_size = sizeof abi_;
    abi_.abi_major = MR_ABI_MAJOR;
    abi_.abi_minor = MR_ABI_MINOR;
    abi_.ctx = this;
    abi_.get_service = &FakeHost::get_service;
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost() { executor_.drain(); }

  // Set these before the component is created.
  std::string pipeline_id = "test-pipeline";
  std::string host_id;
  std::uint32_t instance = 0;
  std::uint32_t log_level = MR_TRACE;
  std::uint32_t needs = ~std::uint32_t{0};     // millrace.streams/1
  std::set<std::string> missing_services;      // ids that this host shall not have
  std::map<std::string, std::string> secrets;  // reference -> secret
  std::vector<Property> connection;            // what the auth components would emit
  std::int64_t connection_expires_unix_ms = 0;
  std::atomic<std::uint64_t> connection_generation{1};
  std::optional<Error> connection_error;  // instead of properties

  const mr_host* abi() {
    abi_.pipeline_id = str(pipeline_id);
    abi_.host_id = str(host_id);
    abi_.instance = instance;
    return &abi_;
  }
  ManualClock& clock() { return clock_; }
  // Moves the clock and runs the timers that are then due: in kManual before it returns, in kThreads soon.
  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by);
    executor_.fire(clock_.now_ns());
  }
  FakeExecutor& executor() { return executor_; }

  std::vector<LogLine> logs() const { return copy(logs_); }
  bool logged(std::string_view part) const {
    for (const LogLine& line : logs())
      if (line.message.find(part) != std::string::npos) return true;
    return false;
  }
  std::vector<HealthReport> health() const { return copy(health_); }
  std::optional<HealthReport> last_health() const {
    std::lock_guard lock(mutex_);
    return health_.empty() ? std::nullopt : std::optional(health_.back());
  }
  std::vector<MetricValue> metrics() const { return copy(metrics_); }
  MetricValue metric(std::string_view name) const {
    for (MetricValue& m : metrics())
      if (m.name == name) return m;
    return {};
  }
  std::map<std::string, std::string> state() const { return copy(state_); }
  void put_state(const std::string& key, const std::string& value) {
    std::lock_guard lock(mutex_);
    state_[key] = value;
  }
  StreamEvents streams() const { return copy(streams_); }
  // Broken promises that the host noticed: a stream call outside poll(), a metric defined after the
  // constructor, any call after stop().
  std::vector<std::string> violations() const { return copy(violations_); }

  // Waits until the condition holds; looks again after everything that a component does to this host. False: timed out.
  template <class Condition>
  bool wait_until(Condition&& condition, std::chrono::milliseconds at_most = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    for (;;) {
      std::uint64_t seen;
      {
        std::lock_guard lock(mutex_);
        seen = changes_;
      }
      if (condition()) return true;
      std::unique_lock lock(mutex_);
      if (!changed_.wait_until(lock, deadline, [&] { return changes_ != seen; })) return false;
    }
  }
  // For the drivers of testing.hpp.
  void note_violation(std::string text) {
    change([&] { violations_.push_back(std::move(text)); });
  }
  void notify() {
    change([] {});
  }
  void set_creating(bool yes) { creating_ = yes; }
  void set_stopped(bool yes) { stopped_ = yes; }
  void set_polling(bool yes) { polling_ = yes; }

 private:
  static FakeHost& at(void* ctx) {
    FakeHost& host = *static_cast<FakeHost*>(ctx);
    if (host.stopped_.exchange(false)) host.note_violation("the host was called after stop()");
    return host;
  }
  static std::string text(mr_str s) { return s.size ? std::string(view(s)) : std::string(); }
  template <class T>
  T copy(const T& of) const {
    std::lock_guard lock(mutex_);
    return of;
  }
  template <class Change>
  void change(Change&& body) {
    {
      std::lock_guard lock(mutex_);
      body();
      ++changes_;
    }
    changed_.notify_all();
  }
  void only_in_poll(const char* what) {
    if (!polling_) note_violation(std::string("streams.") + what + " was called outside poll()");
  }

  static const void* get_service(void* ctx, const char* id) {
    static constexpr mr_log log{
        sizeof(mr_log), 0, [](void* c, std::uint32_t level) { return std::uint32_t{level >= at(c).log_level}; },
        [](void* c, std::uint32_t level, mr_str message, const mr_field* fields, std::uint32_t n) {
          LogLine line{level, text(message), {}};
          for (std::uint32_t i = 0; i < n; ++i) line.fields[text(fields[i].key)] = text(fields[i].value);
          at(c).change([&] { at(c).logs_.push_back(std::move(line)); });
        }};
    static constexpr mr_health health{sizeof(mr_health), 0, [](void* c, std::uint32_t state, const mr_error* problem) {
                                        HealthReport report{state, problem ? Error(*problem) : Error(MR_UNKNOWN, "")};
                                        at(c).change([&] { at(c).health_.push_back(std::move(report)); });
                                      }};
    static constexpr mr_metrics metrics{
        sizeof(mr_metrics), 0,
        [](void* c, std::uint32_t type, mr_str name, mr_str help, mr_str unit) {
          if (!at(c).creating_) {
            at(c).note_violation("the metric " + text(name) + " was defined after create()");
            return std::uint64_t{0};
          }
          std::lock_guard lock(at(c).mutex_);
          at(c).metrics_.push_back({type, text(name), text(help), text(unit), {}});
          return std::uint64_t{at(c).metrics_.size()};
        },
        [](void* c, std::uint64_t metric, double value) {
          if (metric != 0) at(c).change([&] { at(c).metrics_.at(metric - 1).recorded.push_back(value); });
        }};
    static constexpr mr_secrets secrets{
        sizeof(mr_secrets), 0, [](void* c, mr_str ref, void (*use)(void*, mr_bytes), void* arg, mr_error* err) {
          const auto found = at(c).secrets.find(text(ref));
          if (found == at(c).secrets.end()) return detail::fail(err, MR_NOT_FOUND, "no secret '" + text(ref) + "'");
          std::string lent = found->second;
          use(arg, bytes(lent));
          lent.assign(lent.size(), '\xDD');  // whoever kept the view reads this
          return mr_status{MR_OK};
        }};
    static constexpr mr_executor executor{
        sizeof(mr_executor), 0, [](void* c, void (*fn)(void*), void* arg) { return at(c).executor_.run(fn, arg); },
        [](void* c, std::uint64_t delay_ns, void (*fn)(void*), void* arg) {
          return at(c).executor_.after(at(c).clock_.now_ns() + delay_ns, fn, arg);
        },
        [](void* c, std::uint64_t timer) { at(c).executor_.cancel(timer); }};
    static constexpr mr_state state{sizeof(mr_state), 0,
                                    [](void* c, mr_str key, void (*use)(void*, mr_bytes), void* arg, mr_error* err) {
                                      const auto all = at(c).state();
                                      const auto found = all.find(text(key));
                                      if (found == all.end()) return detail::fail(err, MR_NOT_FOUND, "never put");
                                      use(arg, bytes(found->second));
                                      return mr_status{MR_OK};
                                    },
                                    [](void* c, mr_str key, mr_bytes value, mr_error*) {
                                      at(c).change([&] { at(c).state_[text(key)] = std::string(view(value)); });
                                      return mr_status{MR_OK};
                                    }};
    static constexpr mr_connection connection{
        sizeof(mr_connection), 0,
        [](void* c, mr_str, mr_emit_property emit, void* arg, std::int64_t* expires, mr_error* err) {
          if (at(c).connection_error) return detail::put_error(err, at(c).connection_error->to_abi());
          for (const Property& p : at(c).connection) emit(arg, str(p.name), bytes(p.value), p.is_secret);
          if (expires) *expires = at(c).connection_expires_unix_ms;
          return mr_status{MR_OK};
        },
        [](void* c) { return at(c).connection_generation.load(); }};

    FakeHost& host = at(ctx);
    const std::string_view name(id);
    if (host.missing_services.contains(std::string(name))) return nullptr;
    if (name == MR_LOG) return &log;
    if (name == MR_HEALTH) return &health;
    if (name == MR_METRICS) return &metrics;
    if (name == MR_SECRETS) return &secrets;
    if (name == MR_EXECUTOR) return &executor;
    if (name == MR_STATE) return &state;
    if (name == MR_CONNECTION) return &connection;
    if (name == MR_STREAMS) return host.streams_table();
    return nullptr;
  }

  const mr_streams* streams_table() {
    streams_abi_ = {sizeof(mr_streams),
                    needs,
                    [](void* c, const mr_stream* s, std::uint32_t n, std::uint32_t stride, std::uint32_t in_all) {
                      at(c).only_in_poll("assigned");
                      at(c).change([&] {
                        for (std::uint32_t i = 0; i < n; ++i) {
                          const auto& one = *reinterpret_cast<const mr_stream*>(reinterpret_cast<const char*>(s) +
                                                                                std::size_t{i} * stride);
                          at(c).streams_.assigned.push_back({one.id, text(one.name), one.partition});
                        }
                        at(c).streams_.streams_in_all = in_all;
                      });
                    },
                    [](void* c, const std::uint64_t* ids, std::uint32_t n, std::uint64_t deadline_ns) {
                      at(c).only_in_poll("revoke");
                      at(c).change([&] {
                        at(c).streams_.revoked.insert(at(c).streams_.revoked.end(), ids, ids + n);
                        at(c).streams_.revoke_deadline_ns = deadline_ns;
                      });
                    },
                    [](void* c, const std::uint64_t* ids, std::uint32_t n) {
                      at(c).only_in_poll("lost");
                      at(c).change([&] { at(c).streams_.lost.insert(at(c).streams_.lost.end(), ids, ids + n); });
                    },
                    [](void* c, const mr_stream_state* states, std::uint32_t n, std::uint32_t stride) {
                      at(c).only_in_poll("report");
                      at(c).change([&] {
                        for (std::uint32_t i = 0; i < n; ++i) {
                          const auto& one = *reinterpret_cast<const mr_stream_state*>(
                              reinterpret_cast<const char*>(states) + std::size_t{i} * stride);
                          at(c).streams_.states[one.stream_id] = one;
                        }
                      });
                    }};
    return &streams_abi_;
  }

  mr_host abi_{};
  mr_streams streams_abi_{};
  ManualClock clock_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  std::vector<LogLine> logs_;
  std::vector<HealthReport> health_;
  std::vector<MetricValue> metrics_;
  std::map<std::string, std::string> state_;
  StreamEvents streams_;
  std::vector<std::string> violations_;
  std::atomic<bool> creating_{false}, polling_{false}, stopped_{false};
  FakeExecutor executor_;  // last: its threads end before what they record into
};

}  // namespace millrace::testing
