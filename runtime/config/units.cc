#include "runtime/config/units.h"

#include <array>
#include <chrono>
#include <limits>

namespace millrace::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

// Longer names first, so that "ms" is not read as "m".
constexpr std::array kDurations = {Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
                                   Unit{"d", 86'400'000}};
constexpr std::array kSizes = {Unit{"KiB", 1ll << 10},
                               Unit{"MiB", 1ll << 20},
                               Unit{"GiB", 1ll << 30},
                               Unit{"KB", 1'000},
                               Unit{"MB", 1'000'000},
                               Unit{"GB", 1'000'000'000},
                               Unit{"B", 1}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// DIGITS [ "." DIGITS ] UNIT, exact; or "0".
template <std::size_t kCount>
std::optional<std::int64_t> parse(std::string_view text, const std::array<Unit, kCount>& units) {
  if (text == "0") return 0;
  const Unit* unit = nullptr;
  for (const Unit& u : units) {
    if (text.size() > u.name.size() && text.ends_with(u.name) && (unit == nullptr || u.name.size() > unit->name.size()))
      unit = &u;
  }
  if (unit == nullptr) return std::nullopt;
  text.remove_suffix(unit->name.size());
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::int64_t whole = 0;
  std::size_t i = 0;
  for (; i < text.size() && is_digit(text[i]); ++i) {
    if (whole > (kMost - (text[i] - '0')) / 10) return std::nullopt;
    whole = whole * 10 + (text[i] - '0');
  }
  if (i == 0 || whole > kMost / unit->size) return std::nullopt;
  std::int64_t value = whole * unit->size;
  if (i == text.size()) return value;
  if (text[i] != '.' || i + 1 == text.size()) return std::nullopt;
  std::string_view fraction = text.substr(i + 1);
  while (fraction.size() > 1 && fraction.ends_with('0')) fraction.remove_suffix(1);
  if (fraction.size() > 9) return std::nullopt;  // finer than any unit can hold
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  for (const char c : fraction) {
    if (!is_digit(c)) return std::nullopt;
    numerator = numerator * 10 + (c - '0');
    denominator *= 10;
  }
  const std::int64_t scaled = numerator * unit->size;  // below 10^9 * 2^30
  if (scaled % denominator != 0 || value > kMost - scaled / denominator) return std::nullopt;
  return value + scaled / denominator;
}

template <std::size_t kCount>
std::string format(std::int64_t value, const std::array<Unit, kCount>& units, std::string_view smallest) {
  if (value == 0) return "0" + std::string(smallest);
  const Unit* best = nullptr;
  for (const Unit& u : units)
    if (value % u.size == 0 && (best == nullptr || u.size > best->size)) best = &u;
  return std::to_string(value / best->size) + std::string(best->name);
}

std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  return parse(text, kDurations);
}

std::string format_duration_ms(std::int64_t ms) {
  return format(ms, kDurations, "s");
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  return parse(text, kSizes);
}

std::string format_bytes(std::int64_t bytes) {
  constexpr std::array kBinary = {Unit{"KiB", 1ll << 10}, Unit{"MiB", 1ll << 20}, Unit{"GiB", 1ll << 30}, Unit{"B", 1}};
  return format(bytes, kBinary, "B");
}

std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || text.empty() || (text.front() != 'T' && text.front() != 't')) return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;

  std::int64_t milliseconds = 0;
  if (take(text, '.')) {
    std::int64_t weight = 100;
    std::size_t digits = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++digits) {
      milliseconds += weight * (text.front() - '0');
      weight /= 10;
    }
    if (digits == 0) return std::nullopt;
  }

  std::int64_t offset_minutes = 0;
  if (text != "Z" && text != "z") {
    if (text.empty()) return std::nullopt;
    const char sign = text.front();
    if (sign != '+' && sign != '-') return std::nullopt;
    text.remove_prefix(1);
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
    offset_minutes = (*hours * 60 + *minutes) * (sign == '-' ? -1 : 1);
  }

  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute - offset_minutes) * 60'000 + *second * 1'000 + milliseconds;
}

}  // namespace millrace::config
