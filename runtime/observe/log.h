// Structured logging: a Logger value that carries its name and bound fields, written as text or JSON.
//
//   observe::Logger log = observe::make_logger({.format = observe::LogFormat::kJson});
//   observe::Logger orders = log.named("pipeline").with({"pipeline", "orders"});
//   orders.warn("the function is slow", {{"topic", "orders"}, {"partition", 3}, {"id", "MR4007"}});
//
// One event is one line, whatever its text contains: control characters are escaped and invalid UTF-8 is replaced. The
// JSON form is {ts, level, logger, msg, …fields}, ts in RFC 3339 UTC with milliseconds. Nothing secret may be passed
// in; there is no redaction behind this interface.
//
// Used by all of the host; plugins reach it through millrace.log/1 (runtime/plugin/host_services.h). spdlog stays in
// log.cc: its headers cost seconds in every file that sees them.
//
// Thread-safe: loggers may be used and copied on any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/base/clock.h"
#include "runtime/base/result.h"

namespace millrace::observe {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat { kText, kJson };

// "trace", "debug", "info", "warn", "error", "off"; nullopt for anything else.
std::optional<Level> level_from(std::string_view name);
std::string_view level_name(Level level);

// A key and its value, borrowed for the call. "ts", "level", "logger" and "msg" are the line's own: a field of that
// name, or of a name that is already bound, is written as "field_NAME", so a plugin cannot pass itself off as something
// else.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, std::same_as<bool> auto v) : key(k), value(v) {}
  Field(std::string_view k, std::floating_point auto v) : key(k), value(static_cast<double>(v)) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}

  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// A token bucket: `burst` lines at once, then `per_second` on average.
struct RateLimit {
  double per_second = 10;
  std::uint32_t burst = 50;
};

struct LogOptions {
  Level level = Level::kInfo;
  LogFormat format = LogFormat::kText;
  // Gets each finished line, without its newline, one call at a time. Empty: standard error.
  std::function<void(std::string_view line)> write = {};
  // Outlives every logger. Null: the system's.
  const Clock* clock = nullptr;
};

class Logger {
 public:
  Logger() = default;  // says nothing

  // The same logger with another name ("pipeline", "source.self_managed_kafka").
  Logger named(std::string_view name) const;
  // The same logger with one more field on every line.
  Logger with(const Field& field) const;
  // The same logger behind a bucket of its own, which its copies share. The first line that passes after some were
  // dropped is preceded by one that says how many.
  Logger limited(RateLimit limit) const;

  bool enabled(Level level) const noexcept;
  void log(Level level, std::string_view message, std::span<const Field> fields) const;
  void log(Level level, std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(level, message, std::span<const Field>(fields.begin(), fields.size()));
  }
  void debug(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::kDebug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::kInfo, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::kWarn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) const {
    log(Level::kError, message, fields);
  }

  // Says now how many lines the bucket dropped since the last such line, if any: for the end of a component's life.
  void report_dropped() const;

 private:
  friend Logger make_logger(LogOptions options);
  struct Core;
  struct Bucket;
  struct State;
  explicit Logger(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  void say_dropped(std::uint64_t count) const;
  std::shared_ptr<const State> state_;  // shared: copies of a logger are the same logger
};

// The root logger, named "millrace". What it writes to lives as long as the last logger made from it.
Logger make_logger(LogOptions options);

// Level and format from MILLRACE_LOG and MILLRACE_LOG_FORMAT (text|json) over `defaults`; a value that is not one of
// those is a failure that names the variable. `get` is getenv or a test's.
Result<LogOptions> log_options_from_environment(LogOptions defaults,
                                                const std::function<const char*(const char*)>& get);

}  // namespace millrace::observe
