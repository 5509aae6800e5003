// IP addresses and ranges of them, for cidr and for exact strings that are addresses.
//
// What is an address follows the service: four decimal numbers, or groups of hexadecimal digits with at most one "::".
// An IPv4-mapped address in groups is the IPv4 address; one with dots is none. Ranges of different families never
// meet. Immutable; part of a compiled pattern.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::filter {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = false;  // then the first four

  static bool looks_like_one(std::string_view text) noexcept;  // by its characters; it may still not parse
  static std::optional<Address> parse(std::string_view text) noexcept;

  bool operator==(const Address&) const = default;
};

struct AddressRange {
  Address base;
  unsigned bits = 0;  // of the base that count

  bool contains(const Address& address) const noexcept;

  // Sets `fault` ("IPv4 mask bits must be < 32") when the text is no range.
  static AddressRange parse(std::string_view text, std::string& fault);
};

}  // namespace millrace::filter
