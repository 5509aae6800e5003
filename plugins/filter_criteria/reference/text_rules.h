// What the alternatives of the pattern language compare: numbers, addresses, letters without their case, wildcards.
// Each as its definition reads, without a thought for speed. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::filter::reference {

// The double that a number stands for, or nothing when the nearest double's shortest spelling has another value: such a
// number equals only its own spelling and has no order.
std::optional<double> comparable(std::string_view number);

// The place of an address: its family and its bits, most significant first.
struct Address {
  bool is_v4;
  std::string bits;  // 32 or 128 characters, '0' or '1'
  bool operator==(const Address&) const = default;
};
std::optional<Address> parse_address(std::string_view text);
inline bool is_address(std::string_view text) {
  return parse_address(text).has_value();
}

// Whether a text is the pattern, begins or ends with it, when each letter of the pattern may have its lower or its
// upper case, which may be longer than one character.
bool equals_ignoring_case(std::string_view pattern, std::string_view text);
bool begins_ignoring_case(std::string_view pattern, std::string_view text);
bool ends_ignoring_case(std::string_view pattern, std::string_view text);

// A wildcard's text has escapes for stars and backslashes. False: it is not a legal one.
bool is_wildcard(std::string_view pattern);
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace millrace::filter::reference
