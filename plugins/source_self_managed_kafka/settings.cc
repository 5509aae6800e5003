#include "settings.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

namespace millrace::kafka {
namespace {

struct Refusal {
  std::string_view prefix;  // ends in '.' for a family
  std::string_view why;
  std::string_view value = {};  // the only one that is refused, "": all are
};
constexpr std::string_view kByAuth = "the pipeline's auth components set it";
constexpr std::string_view kByGroup = "consumer_group_id, session_timeout and the host set the group's properties";
constexpr std::string_view kByDelivery = "the position of every partition is the host's, or records would be lost";
constexpr std::array kRefusals{
    Refusal{"sasl.", kByAuth},
    Refusal{"ssl.", kByAuth},
    Refusal{"security.", kByAuth},
    Refusal{"enable.ssl.", kByAuth},
    Refusal{"enable.sasl.", kByAuth},
    Refusal{"https.", kByAuth},
    Refusal{"group.", kByGroup},
    Refusal{"session.timeout.ms", kByGroup},
    Refusal{"partition.assignment.strategy", "the group's own protocol is used"},
    Refusal{"plugin.", "it would load code into the host"},
    Refusal{"enable.auto.", kByDelivery},
    Refusal{"auto.offset.reset", "starting_position and on_offset_lost say it"},
    Refusal{"auto.commit.", kByDelivery},
    Refusal{"offset.store.", kByDelivery},
    Refusal{"bootstrap.servers", "bootstrap_servers says it"},
    Refusal{"metadata.broker.list", "bootstrap_servers says it"},
    Refusal{"log.queue", "the host writes the log"},
    Refusal{"statistics.interval.ms", "lag and reconnecting live on the statistics", "0"},
};

std::int64_t to_int(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool digits_at(std::string_view text, std::size_t at, std::size_t count) {
  return text.size() >= at + count && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at),
                                                  text.begin() + static_cast<std::ptrdiff_t>(at + count),
                                                  [](char c) { return c >= '0' && c <= '9'; });
}

std::string as_text(const Config& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

StartPosition parse_start(const Config& value) {
  if (value.is_string()) {
    const auto name = value.get<std::string>();
    if (name == "TRIM_HORIZON") return {StartKind::kTrimHorizon, 0};
    if (name == "LATEST") return {StartKind::kLatest, 0};
  } else if (value.is_object() && value.contains("AT_TIMESTAMP") && value["AT_TIMESTAMP"].is_string()) {
    if (const auto ms = parse_timestamp_ms(value["AT_TIMESTAMP"].get<std::string>()))
      return {StartKind::kAtTimestamp, *ms};
    throw Error(MR_INVALID_ARGUMENT, "starting_position.AT_TIMESTAMP is not an RFC 3339 time.",
                "/starting_position/AT_TIMESTAMP")
        .id("MR3004")
        .hint("Write it like 2026-01-31T00:00:00Z.");
  }
  throw Error(MR_INVALID_ARGUMENT, "starting_position is none of TRIM_HORIZON, LATEST, {AT_TIMESTAMP: time}.",
              "/starting_position")
      .id("MR3004");
}

// A broker accepts any text, but Kafka's own clients allow only a topic name's characters here, and tools follow them.
std::string member_id(std::string_view host_id, std::string_view pipeline_id, std::uint32_t instance) {
  if (host_id.empty()) return {};
  std::string id = std::string(host_id) + '.' + std::string(pipeline_id) + '.' + std::to_string(instance);
  for (char& c : id) {
    const bool allowed =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!allowed) c = '_';
  }
  return id;
}

}  // namespace

std::string_view refusal_of_override(std::string_view name, std::string_view value) {
  for (const Refusal& refusal : kRefusals) {
    if (!refusal.value.empty() && refusal.value != value) continue;
    if (refusal.prefix.back() == '.' ? name.starts_with(refusal.prefix) : name == refusal.prefix) return refusal.why;
  }
  return {};
}

std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) {
  // 2026-01-31T00:00:00[.fraction](Z|+hh:mm|-hh:mm)
  if (text.size() < 20 || !digits_at(text, 0, 4) || text[4] != '-' || !digits_at(text, 5, 2) || text[7] != '-' ||
      !digits_at(text, 8, 2) || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || !digits_at(text, 11, 2) ||
      text[13] != ':' || !digits_at(text, 14, 2) || text[16] != ':' || !digits_at(text, 17, 2))
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(to_int(text.substr(0, 4)))),
                            month(static_cast<unsigned>(to_int(text.substr(5, 2)))),
                            day(static_cast<unsigned>(to_int(text.substr(8, 2))))};
  const std::int64_t hour = to_int(text.substr(11, 2)), minute = to_int(text.substr(14, 2)),
                     second = to_int(text.substr(17, 2));
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::int64_t ms = 0;
  std::size_t at = 19;
  if (text[at] == '.') {
    const std::size_t first = ++at;
    while (at < text.size() && digits_at(text, at, 1)) ++at;
    if (at == first) return std::nullopt;
    std::string fraction(text.substr(first, std::min<std::size_t>(at - first, 3)));
    fraction.resize(3, '0');
    ms = to_int(fraction);
  }
  std::int64_t zone_minutes = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    if (!digits_at(text, at + 1, 2) || text.size() < at + 6 || text[at + 3] != ':' || !digits_at(text, at + 4, 2))
      return std::nullopt;
    const std::int64_t zone_hour = to_int(text.substr(at + 1, 2)), zone_minute = to_int(text.substr(at + 4, 2));
    if (zone_hour > 23 || zone_minute > 59) return std::nullopt;
    zone_minutes = (zone_hour * 60 + zone_minute) * (text[at] == '-' ? -1 : 1);
    at += 6;
  } else {
    return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  const std::int64_t days = sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute - zone_minutes) * 60 + second;
  return seconds * 1000 + ms;
}

Settings parse_settings(const Config& config, std::string_view pipeline_id, std::string_view host_id,
                        std::uint32_t instance) {
  Settings s;
  s.bootstrap_servers = config.at("bootstrap_servers").get<std::vector<std::string>>();
  for (const std::string& server : s.bootstrap_servers)
    s.bootstrap_joined += (s.bootstrap_joined.empty() ? "" : ",") + server;
  s.topics = config.at("topics").get<std::vector<std::string>>();
  s.group = config.value("consumer_group_id", std::string(pipeline_id));
  if (s.group.empty())
    throw Error(MR_INVALID_ARGUMENT, "consumer_group_id is empty and the host gives no pipeline name.",
                "/consumer_group_id")
        .id("MR3004")
        .hint("Name the group: a restart resumes where its committed offsets are.");
  s.static_member_id = member_id(host_id, pipeline_id, instance);
  if (config.contains("starting_position")) s.start = parse_start(config["starting_position"]);
  const std::string lost = config.value("on_offset_lost", "stop");
  s.on_offset_lost = lost == "earliest" ? OffsetLost::kEarliest
                     : lost == "latest" ? OffsetLost::kLatest
                                        : OffsetLost::kStop;
  s.session_timeout_ms = config.value("session_timeout", std::int64_t{45'000});
  const Config overrides = config.value("librdkafka", Config::object());
  for (const auto& [name, value] : overrides.items()) {
    const std::string text = as_text(value);
    const std::string_view why = refusal_of_override(name, text);
    if (!why.empty())
      throw Error(MR_INVALID_ARGUMENT,
                  "The librdkafka property " + name + " cannot be set here: " + std::string(why) + ".",
                  "/librdkafka/" + name)
          .id("MR3002")
          .reason("ESM_CONFIG_NOT_VALID")
          .hint("Remove it.");
    s.overrides[name] = text;
  }
  if (const auto it = s.overrides.find("max.poll.interval.ms"); it != s.overrides.end())
    s.max_poll_interval_ms = std::max<std::int64_t>(std::strtoll(it->second.c_str(), nullptr, 10), 1);
  if (s.session_timeout_ms > s.max_poll_interval_ms)
    throw Error(MR_INVALID_ARGUMENT,
                "session_timeout (" + std::to_string(s.session_timeout_ms) + " ms) is above max.poll.interval.ms (" +
                    std::to_string(s.max_poll_interval_ms) + ").",
                "/session_timeout")
        .id("MR3004")
        .hint("Lower session_timeout, or raise librdkafka: {max.poll.interval.ms: ...}.");
  return s;
}

}  // namespace millrace::kafka
