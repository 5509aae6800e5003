// Durations, sizes and timestamps as people write them.
//
// A unit is required, so that nobody has to guess whether `timeout: 30` is seconds; only 0 may stand alone. What
// format_*() writes, parse_*() reads back to the same value.
//
// Used by json_schema.h for "format": "duration" | "bytes" | "timestamp". Thread-safe: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::config {

// "0", "500ms", "1.5s", "45s", "5m", "2h", "7d" as milliseconds; nothing when it is no duration, is negative, is not a
// whole number of milliseconds or does not fit.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);
// The shortest exact spelling: 90000 is "90s", 300000 is "5m".
std::string format_duration_ms(std::int64_t ms);

// "0", "512B", "1KiB", "6MiB", "1.5GiB", "10MB" (decimal: KB, MB, GB) as bytes; nothing when it is no size.
std::optional<std::int64_t> parse_bytes(std::string_view text);
// The shortest exact spelling in binary units: 6291456 is "6MiB", 1000 is "1000B".
std::string format_bytes(std::int64_t bytes);

// RFC 3339: "2026-01-31T00:00:00Z", "2026-01-31T01:30:00.250+01:30" as milliseconds since 1970; what is finer than a
// millisecond is cut off. A date must exist; a leap second counts as the second after it.
std::optional<std::int64_t> parse_timestamp_ms(std::string_view text);

}  // namespace millrace::config
