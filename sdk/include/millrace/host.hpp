// What the host does for a component: log, health, metrics, secrets, state, blocking work, connection properties,
// streams.
//
// Everything here arrives at the host already labelled with pipeline, component and instance. A service that a host
// lacks is a no-op where that is harmless (log, health, metrics) and otherwise an Error with MR_UNIMPLEMENTED.
//
// Host is a small value, valid from create() to the end of stop(). Its thread rules are those of the tables in
// plugin.h: log, health, metrics and executor from any thread; secrets and state from create(), start() and the
// source's thread.
#pragma once

#include <millrace/error.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>

namespace millrace {

class Log {
 public:
  Log(void* ctx, const mr_log* table) noexcept : ctx_(ctx), table_(table) {}
  // Ask first when building the text costs something.
  bool enabled(std::uint32_t level) const noexcept { return table_ && table_->enabled(ctx_, level) != 0; }
  void write(std::uint32_t level, std::string_view message, Fields fields = {}) const noexcept {
    if (table_) table_->write(ctx_, level, str(message), fields.data(), fields.size());
  }
  void trace(std::string_view message, Fields fields = {}) const noexcept { write(MR_TRACE, message, fields); }
  void debug(std::string_view message, Fields fields = {}) const noexcept { write(MR_DEBUG, message, fields); }
  void info(std::string_view message, Fields fields = {}) const noexcept { write(MR_INFO, message, fields); }
  void warn(std::string_view message, Fields fields = {}) const noexcept { write(MR_WARN, message, fields); }
  void error(std::string_view message, Fields fields = {}) const noexcept { write(MR_ERROR, message, fields); }

 private:
  void* ctx_;
  const mr_log* table_;
};

class Health {
 public:
  Health(void* ctx, const mr_health* table) noexcept : ctx_(ctx), table_(table) {}
  void healthy() const noexcept {
    if (table_) table_->report(ctx_, MR_HEALTHY, nullptr);
  }
  // It goes on by itself, only worse than it should.
  void degraded(const Error& problem) const noexcept { report(MR_DEGRADED, problem); }
  // It goes on only after a person has acted.
  void broken(const Error& problem) const noexcept { report(MR_BROKEN, problem); }

 private:
  void report(std::uint32_t state, const Error& problem) const noexcept {
    if (!table_) return;
    const mr_error e = problem.to_abi();
    table_->report(ctx_, state, &e);
  }
  void* ctx_;
  const mr_health* table_;
};

// Handle of one metric; an empty one records nothing. A counter adds, a gauge is set, a histogram takes an observation.
class Metric {
 public:
  Metric() = default;
  Metric(void* ctx, const mr_metrics* table, std::uint64_t id) noexcept : ctx_(ctx), table_(table), id_(id) {}
  void record(double value = 1) const noexcept {
    if (id_ != 0) table_->record(ctx_, id_, value);
  }

 private:
  void* ctx_ = nullptr;
  const mr_metrics* table_ = nullptr;
  std::uint64_t id_ = 0;
};

// Definitions are accepted in the constructor only, so that recording needs no lock.
class Metrics {
 public:
  Metrics(void* ctx, const mr_metrics* table) noexcept : ctx_(ctx), table_(table) {}
  Metric counter(std::string_view name, std::string_view help, std::string_view unit = {}) const noexcept {
    return define(MR_COUNTER, name, help, unit);
  }
  Metric gauge(std::string_view name, std::string_view help, std::string_view unit = {}) const noexcept {
    return define(MR_GAUGE, name, help, unit);
  }
  Metric histogram(std::string_view name, std::string_view help, std::string_view unit = {}) const noexcept {
    return define(MR_HISTOGRAM, name, help, unit);
  }

 private:
  Metric define(std::uint32_t type, std::string_view name, std::string_view help,
                std::string_view unit) const noexcept {
    return table_ ? Metric(ctx_, table_, table_->define(ctx_, type, str(name), str(help), str(unit))) : Metric();
  }
  void* ctx_;
  const mr_metrics* table_;
};

// A few small facts of this pipeline that survive a restart.
class State {
 public:
  State(void* ctx, const mr_state* table) noexcept : ctx_(ctx), table_(table) {}
  explicit operator bool() const noexcept { return table_ != nullptr; }
  std::optional<std::string> get(std::string_view key) const;
  void put(std::string_view key, std::string_view value) const;  // durable when it returns

 private:
  void* ctx_;
  const mr_state* table_;
};

// The connection properties that the pipeline's auth components emit, in neutral names ("sasl.username", "tls.ca_pem").
class Connection {
 public:
  Connection(void* ctx, const mr_connection* table) noexcept : ctx_(ctx), table_(table) {}
  explicit operator bool() const noexcept { return table_ != nullptr; }
  // Calls each(std::string_view name, std::string_view value, bool is_secret) for every property; the value is gone
  // when each() returns. Gives the Unix time in ms at which the properties expire, 0 for never.
  template <class Each>
  std::int64_t properties(std::string_view endpoint, Each&& each) const;
  // Moves when properties() would answer anew.
  std::uint64_t generation() const noexcept { return table_ ? table_->generation(ctx_) : 0; }

 private:
  void* ctx_;
  const mr_connection* table_;
};

// A pending piece of work. Destroying it cancels; on return the work has run, or never will. It may be destroyed inside
// its own work, which then runs to its end.
class Timer {
 public:
  Timer() = default;
  Timer(Timer&& o) noexcept : ctx_(o.ctx_), table_(o.table_), id_(std::exchange(o.id_, 0)), work_(std::move(o.work_)) {}
  Timer& operator=(Timer&& o) noexcept {
    if (this != &o) {
      cancel();
      ctx_ = o.ctx_;
      table_ = o.table_;
      id_ = std::exchange(o.id_, 0);
      work_ = std::move(o.work_);
    }
    return *this;
  }
  ~Timer() { cancel(); }
  explicit operator bool() const noexcept { return id_ != 0; }
  void cancel() noexcept {
    // After the work has run the host is left alone: this may be the destructor of the component, after stop().
    if (const std::uint64_t id = std::exchange(id_, 0); id != 0 && !work_->finished.load()) table_->cancel(ctx_, id);
    work_.reset();
  }

 private:
  friend class Executor;
  struct Work : std::enable_shared_from_this<Work> {
    virtual ~Work() = default;
    virtual void run() noexcept = 0;
    std::atomic<bool> finished{false};
  };
  void* ctx_ = nullptr;
  const mr_executor* table_ = nullptr;
  std::uint64_t id_ = 0;
  std::shared_ptr<Work> work_;
};

// Blocking work and timers on the host's pool, so that a plugin needs no thread for them. Everything accepted has run
// when the host calls stop(). What the work throws is logged.
class Executor {
 public:
  Executor(void* ctx, const mr_executor* table, Log log) noexcept : ctx_(ctx), table_(table), log_(log) {}
  explicit operator bool() const noexcept { return table_ != nullptr; }
  // False: not accepted, and the work has been destroyed without running.
  template <class F>
  [[nodiscard]] bool run(F&& f) const {
    if (!table_) return false;
    struct Task {
      std::decay_t<F> work;
      Log log;
    };
    auto task = std::make_unique<Task>(Task{std::forward<F>(f), log_});
    const auto thunk = [](void* arg) noexcept {
      const std::unique_ptr<Task> mine(static_cast<Task*>(arg));
      log_failure(mine->log, [&] { mine->work(); });
    };
    if (table_->run_blocking(ctx_, thunk, task.get()) != MR_OK) return false;
    static_cast<void>(task.release());  // the host's now, and perhaps already run
    return true;
  }
  // An empty Timer: not accepted.
  template <class F>
  [[nodiscard]] Timer after(std::chrono::nanoseconds delay, F&& f) const {
    Timer timer;
    if (!table_) return timer;
    struct Task final : Timer::Work {
      Task(F&& f_in, Log log_in) : work(std::forward<F>(f_in)), log(log_in) {}
      void run() noexcept override {
        log_failure(log, [&] { work(); });
      }
      std::decay_t<F> work;
      Log log;
    };
    timer.work_ = std::make_shared<Task>(std::forward<F>(f), log_);
    timer.ctx_ = ctx_;
    timer.table_ = table_;
    const auto thunk = [](void* arg) noexcept {
      const std::shared_ptr<Timer::Work> keep = static_cast<Timer::Work*>(arg)->shared_from_this();
      keep->run();
      keep->finished.store(true);
    };
    const auto ns = std::max<std::int64_t>(delay.count(), 0);
    timer.id_ = table_->after(ctx_, static_cast<std::uint64_t>(ns), thunk, timer.work_.get());
    return timer;
  }

 private:
  template <class Body>
  static void log_failure(const Log& log, Body&& body) noexcept {
    mr_error e = detail::empty_error();
    const mr_status status = detail::guarded(&e, [&] {
      body();
      return mr_status{MR_OK};
    });
    if (status != MR_OK) log.error(e.message, {field("in", "work on the executor")});
  }
  void* ctx_;
  const mr_executor* table_;
  Log log_;
};

class Host {
 public:
  explicit Host(const mr_host* host) noexcept : host_(host) {}

  std::string_view pipeline_id() const noexcept { return view(host_->pipeline_id); }
  std::string_view host_id() const noexcept { return view(host_->host_id); }  // "": none, then no static membership
  std::uint32_t instance() const noexcept { return host_->instance; }
  std::uint32_t abi_minor() const noexcept { return host_->abi_minor; }

  Log log() const noexcept { return {ctx(), service<mr_log>(MR_LOG)}; }
  Health health() const noexcept { return {ctx(), service<mr_health>(MR_HEALTH)}; }
  Metrics metrics() const noexcept { return {ctx(), service<mr_metrics>(MR_METRICS)}; }
  Executor executor() const noexcept { return {ctx(), service<mr_executor>(MR_EXECUTOR), log()}; }
  State state() const noexcept { return {ctx(), service<mr_state>(MR_STATE)}; }
  Connection connection() const noexcept { return {ctx(), service<mr_connection>(MR_CONNECTION)}; }
  // Calls use(std::string_view secret); the host wipes the secret when use() returns. Throws when it cannot be
  // resolved.
  template <class Use>
  void secret(std::string_view reference, Use&& use) const;

  // Any service by its id, nullptr when this host lacks it. Every call through it begins with ctx().
  template <class S>
  const S* service(const char* id) const noexcept {
    return static_cast<const S*>(host_->get_service(host_->ctx, id));
  }
  void* ctx() const noexcept { return host_->ctx; }

 private:
  const mr_host* host_;
};

// The host's side of stream assignment. Sources only, and only inside poll(), where a client's rebalance callback runs.
class Streams {
 public:
  explicit Streams(const Host& host) noexcept : ctx_(host.ctx()), table_(host.service<mr_streams>(MR_STREAMS)) {}
  // OR of MR_NEED_*: what the pipeline reads of a record. A host that does not say gets everything.
  std::uint32_t needs() const noexcept { return table_ ? table_->needs : ~std::uint32_t{0}; }
  void assigned(std::span<const mr_stream> streams, std::uint32_t streams_in_all) const noexcept {
    if (table_) table_->assigned(ctx_, streams.data(), count(streams), sizeof(mr_stream), streams_in_all);
  }
  // Returns at once. The host drains, commits, and calls release_streams() between two later polls.
  void revoke(std::span<const std::uint64_t> ids, std::uint64_t deadline_ns) const noexcept {
    if (table_) table_->revoke(ctx_, ids.data(), count(ids), deadline_ns);
  }
  void lost(std::span<const std::uint64_t> ids) const noexcept {
    if (table_) table_->lost(ctx_, ids.data(), count(ids));
  }
  void report(std::span<const mr_stream_state> states) const noexcept {
    if (table_) table_->report(ctx_, states.data(), count(states), sizeof(mr_stream_state));
  }

 private:
  template <class T>
  static std::uint32_t count(std::span<const T> s) noexcept {
    return static_cast<std::uint32_t>(s.size());
  }
  void* ctx_;
  const mr_streams* table_;
};

}  // namespace millrace

namespace millrace::detail {

[[noreturn]] inline void no_service(const char* what) {
  throw Error(MR_UNIMPLEMENTED, std::string("This host offers no ") + what + " here.");
}

// A host function that hands bytes to a callback: read(callback, arg, error). Exceptions of `use` come out here.
template <class Read, class Use>
mr_status read_bytes(Read&& read, Use& use, Caught& caught, mr_error& error) {
  struct Arg {
    Use& use;
    Caught& caught;
  } arg{use, caught};
  return read(
      [](void* p, mr_bytes value) noexcept {
        Arg& a = *static_cast<Arg*>(p);
        a.caught.run([&] { a.use(view(value)); });
      },
      &arg, &error);
}

}  // namespace millrace::detail

template <class Use>
void millrace::Host::secret(std::string_view reference, Use&& use) const {
  const auto* table = service<mr_secrets>(MR_SECRETS);
  if (!table) detail::no_service("secrets");
  detail::Caught caught;
  mr_error error = detail::empty_error();
  const auto read = [&](auto callback, void* arg, mr_error* e) {
    return table->resolve(ctx(), str(reference), callback, arg, e);
  };
  caught.check(detail::read_bytes(read, use, caught, error), error);
}

inline std::optional<std::string> millrace::State::get(std::string_view key) const {
  if (!table_) detail::no_service("state");
  std::optional<std::string> found;
  const auto use = [&](std::string_view value) { found.emplace(value); };
  detail::Caught caught;
  mr_error error = detail::empty_error();
  const auto read = [&](auto callback, void* arg, mr_error* e) {
    return table_->get(ctx_, str(key), callback, arg, e);
  };
  const mr_status status = detail::read_bytes(read, use, caught, error);
  caught.check(status == MR_NOT_FOUND ? mr_status{MR_OK} : status, error);
  return found;
}

inline void millrace::State::put(std::string_view key, std::string_view value) const {
  if (!table_) detail::no_service("state");
  mr_error error = detail::empty_error();
  detail::Caught().check(table_->put(ctx_, str(key), bytes(value), &error), error);
}

template <class Each>
std::int64_t millrace::Connection::properties(std::string_view endpoint, Each&& each) const {
  if (!table_) detail::no_service("connection properties");
  struct Arg {
    std::remove_reference_t<Each>& each;
    detail::Caught caught;
  } arg{each, {}};
  std::int64_t expires_unix_ms = 0;
  mr_error error = detail::empty_error();
  const mr_status status = table_->properties(
      ctx_, str(endpoint),
      [](void* p, mr_str name, mr_bytes value, std::uint32_t is_secret) noexcept {
        Arg& a = *static_cast<Arg*>(p);
        a.caught.run([&] { a.each(view(name), view(value), is_secret != 0); });
      },
      &arg, &expires_unix_ms, &error);
  arg.caught.check(status, error);
  return expires_unix_ms;
}
