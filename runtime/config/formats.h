// What the formats of json_schema.h accept, beyond the units of units.h.
//
// Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::config {

// "broker-1:9092", "10.0.0.1:9092", "[::1]:9092"; the port is from 1 to 65535.
bool is_host_port(std::string_view text);
// SCHEME://REST without blanks; the rest is for whoever uses it.
bool is_uri(std::string_view text);
// One JSON value. A number beyond a double is fine, since its spelling is what is kept; more than 64 levels are not.
// `why` says where it breaks.
bool is_json(const std::string& text, std::string* why);
// Unicode code points.
std::size_t count_characters(std::string_view text);

}  // namespace millrace::config
