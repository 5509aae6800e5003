#include "runtime/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

namespace millrace::observe {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 4> kOwnKeys = {"ts", "level", "logger", "msg"};

// Hands finished lines to a function; spdlog's base class brings the lock.
class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallbackSink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    write_({message.payload.data(), message.payload.size()});
  }
  void flush_() override {}
  std::function<void(std::string_view)> write_;
};

std::string timestamp(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  char ms[8];
  std::snprintf(ms, sizeof ms, ".%03dZ", static_cast<int>(unix_ms % 1000));
  return std::string(text, n) + ms;
}

using Value = std::variant<std::string, std::int64_t, double, bool>;

Value own(const Field& field) {
  return std::visit(
      [](const auto& v) -> Value {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string_view>)
          return std::string(v);
        else
          return v;
      },
      field.value);
}

bool is_own_key(std::string_view key) {
  return std::find(kOwnKeys.begin(), kOwnKeys.end(), key) != kOwnKeys.end();
}

// Readers filter on these two as numbers, and a plugin can only pass text.
nlohmann::ordered_json to_json(std::string_view key, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (key == "partition" || key == "offset") {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
      if (error == std::errc() && end == text->data() + text->size()) return number;
    }
    return *text;
  }
  return std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value);
}

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// Text that is safe on a terminal: JSON's escapes, quotes only where a word would not do.
std::string escaped(std::string_view text, bool quote) {
  std::string out = dump(nlohmann::ordered_json(std::string(text)));
  const bool plain = std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f;
  });
  if (quote && (text.empty() || !plain)) return out;
  out = out.substr(1, out.size() - 2);
  if (quote) return out;
  // A message is prose: its quotes and backslashes stay as they are, only line breaks and the like are escaped.
  std::string prose;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\\' && i + 1 < out.size() && (out[i + 1] == '"' || out[i + 1] == '\\')) ++i;
    prose += out[i];
  }
  return prose;
}

}  // namespace

struct Logger::Core {
  Level level;
  LogFormat format;
  const Clock* clock;
  SystemClock system_clock;
  std::unique_ptr<spdlog::logger> out;
  const Clock& time() const { return clock ? *clock : system_clock; }
};

struct Logger::Bucket {
  RateLimit limit;
  std::mutex mutex;  // guards the rest
  double tokens = 0;
  std::uint64_t filled_at_ns = 0;
  std::uint64_t dropped = 0;

  // True when a line may pass; then `before` is how many were dropped since the last that did.
  bool take(std::uint64_t now_ns, std::uint64_t& before) {
    const std::lock_guard lock(mutex);
    tokens =
        std::min<double>(limit.burst, tokens + static_cast<double>(now_ns - filled_at_ns) * 1e-9 * limit.per_second);
    filled_at_ns = now_ns;
    if (tokens < 1) {
      ++dropped;
      return false;
    }
    tokens -= 1;
    before = std::exchange(dropped, 0);
    return true;
  }
};

struct Logger::State {
  std::shared_ptr<Core> core;      // shared by every logger of the process
  std::shared_ptr<Bucket> bucket;  // shared by a limited logger and what is derived from it; may be null
  std::string name;
  std::vector<std::pair<std::string, Value>> fields;

  void write(Level level, std::string_view message, std::span<const Field> extra) const {
    std::vector<std::pair<std::string, Value>> all = fields;
    for (const Field& field : extra) {
      std::string key(field.key);
      const auto same = [&](const auto& have) { return have.first == key; };
      // Fields are appended once each: a second field_x is not worth a third name.
      if (is_own_key(key) || std::any_of(all.begin(), all.end(), same)) key.insert(0, "field_");
      if (std::none_of(all.begin(), all.end(), same)) all.emplace_back(std::move(key), own(field));
    }
    const std::string ts = timestamp(core->time().unix_ms());
    std::string line;
    if (core->format == LogFormat::kJson) {
      nlohmann::ordered_json json = {
          {"ts", ts}, {"level", level_name(level)}, {"logger", name}, {"msg", std::string(message)}};
      for (const auto& [key, value] : all) json[key] = to_json(key, value);
      line = dump(json);
    } else {
      line = ts + " " + std::string(level_name(level)) + std::string(6 - level_name(level).size(), ' ') + name + ": " +
             escaped(message, false);
      for (const auto& [key, value] : all) {
        line += " " + escaped(key, true) + "=";
        const auto* text = std::get_if<std::string>(&value);
        line += text ? escaped(*text, true) : dump(to_json(key, value));
      }
    }
    core->out->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }
};

std::optional<Level> level_from(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i)
    if (kLevelNames[i] == name) return static_cast<Level>(i);
  return std::nullopt;
}

std::string_view level_name(Level level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

Logger make_logger(LogOptions options) {
  auto core = std::make_shared<Logger::Core>();
  core->level = options.level;
  core->format = options.format;
  core->clock = options.clock;
  spdlog::sink_ptr sink;
  if (options.write)
    sink = std::make_shared<CallbackSink>(std::move(options.write));
  else
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  core->out = std::make_unique<spdlog::logger>("millrace", std::move(sink));
  core->out->set_pattern("%v");  // the whole line is ours
  core->out->flush_on(spdlog::level::trace);
  return Logger(std::make_shared<Logger::State>(Logger::State{std::move(core), nullptr, "millrace", {}}));
}

Logger Logger::named(std::string_view name) const {
  if (!state_) return {};
  auto state = std::make_shared<State>(*state_);
  state->name = name;
  return Logger(std::move(state));
}

Logger Logger::with(const Field& field) const {
  if (!state_) return {};
  auto state = std::make_shared<State>(*state_);
  const auto same =
      std::find_if(state->fields.begin(), state->fields.end(), [&](const auto& f) { return f.first == field.key; });
  if (same != state->fields.end())
    same->second = own(field);  // the host itself binds it anew
  else
    state->fields.emplace_back(std::string(field.key), own(field));
  return Logger(std::move(state));
}

Logger Logger::limited(RateLimit limit) const {
  if (!state_) return {};
  auto state = std::make_shared<State>(*state_);
  state->bucket = std::make_shared<Bucket>();
  state->bucket->limit = limit;
  state->bucket->tokens = limit.burst;
  state->bucket->filled_at_ns = state->core->time().now_ns();
  return Logger(std::move(state));
}

bool Logger::enabled(Level level) const noexcept {
  return state_ && level != Level::kOff && level >= state_->core->level;
}

void Logger::log(Level level, std::string_view message, std::span<const Field> fields) const {
  if (!enabled(level)) return;
  std::uint64_t dropped = 0;
  if (state_->bucket && !state_->bucket->take(state_->core->time().now_ns(), dropped)) return;
  if (dropped > 0) say_dropped(dropped);
  state_->write(level, message, fields);
}

void Logger::report_dropped() const {
  if (!state_ || !state_->bucket) return;
  std::uint64_t dropped = 0;
  {
    const std::lock_guard lock(state_->bucket->mutex);
    dropped = std::exchange(state_->bucket->dropped, 0);
  }
  if (dropped > 0) say_dropped(dropped);
}

void Logger::say_dropped(std::uint64_t count) const {
  const Field fields[] = {{"dropped", count}};
  state_->write(Level::kWarn,
                std::to_string(count) + (count == 1 ? " log line" : " log lines") +
                    " dropped here: more than the limit for one component",
                fields);
}

Result<LogOptions> log_options_from_environment(LogOptions options,
                                                const std::function<const char*(const char*)>& get) {
  const auto bad = [](const char* name, std::string_view value, const char* wanted) {
    return Status(Code::kInvalidArgument, "MR1451",
                  std::string(name) + " is '" + std::string(value) + "'; it may be " + wanted + ".",
                  std::string("Correct it, or unset ") + name + ".");
  };
  if (const char* text = get("MILLRACE_LOG"); text && *text) {
    const std::optional<Level> level = level_from(text);
    if (!level) return bad("MILLRACE_LOG", text, "trace, debug, info, warn, error or off");
    options.level = *level;
  }
  if (const char* text = get("MILLRACE_LOG_FORMAT"); text && *text) {
    const std::string_view format = text;
    if (format != "text" && format != "json") return bad("MILLRACE_LOG_FORMAT", format, "text or json");
    options.format = format == "json" ? LogFormat::kJson : LogFormat::kText;
  }
  return options;
}

}  // namespace millrace::observe
