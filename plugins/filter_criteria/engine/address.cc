#include "address.h"

#include <algorithm>
#include <charconv>

namespace millrace::filter {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool looks_like_v4(std::string_view text) noexcept {
  std::size_t dots = 0;
  bool digit = false;
  for (const char c : text) {
    if (c == '.') {
      if (!digit) return false;
      ++dots;
      digit = false;
    } else if (is_digit(c)) {
      digit = true;
    } else {
      return false;
    }
  }
  return dots == 3 && digit;
}

bool looks_like_v6(std::string_view text) noexcept {
  return text.find(':') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == ':' || hex_value(c) >= 0; });
}

std::optional<Address> parse_v4(std::string_view text) noexcept {
  if (text.size() > 15) return std::nullopt;
  Address address;
  address.is_v4 = true;
  std::size_t part = 0;
  unsigned value = 0;
  for (const char c : text) {
    if (c == '.') {
      address.bytes[part++] = static_cast<std::uint8_t>(value);
      value = 0;
    } else {
      value = value * 10 + static_cast<unsigned>(c - '0');
      if (value > 255) return std::nullopt;
    }
  }
  address.bytes[part] = static_cast<std::uint8_t>(value);
  return address;
}

std::optional<Address> parse_v6(std::string_view text) noexcept {
  if (text.size() < 2 || (text[0] == ':' && text[1] != ':')) return std::nullopt;
  std::array<std::uint16_t, 8> groups{};
  std::size_t count = 0;
  std::optional<std::size_t> gap;
  std::size_t i = 0;
  if (text[0] == ':') {
    gap = 0;
    i = 2;
  }
  while (i < text.size()) {
    unsigned value = 0;
    const std::size_t start = i;
    for (; i < text.size() && text[i] != ':'; ++i) {
      value = value << 4 | static_cast<unsigned>(hex_value(text[i]));
      if (value > 0xFFFF) return std::nullopt;
    }
    if (i == start || count == 8) return std::nullopt;  // ":::", or too many
    groups[count++] = static_cast<std::uint16_t>(value);
    if (i == text.size()) break;
    ++i;
    if (i == text.size()) return std::nullopt;  // a colon at the end
    if (text[i] == ':') {
      if (gap) return std::nullopt;
      gap = count;
      ++i;
    }
  }
  if (gap ? count == 8 : count != 8) return std::nullopt;
  if (gap) {
    std::move_backward(groups.begin() + static_cast<std::ptrdiff_t>(*gap),
                       groups.begin() + static_cast<std::ptrdiff_t>(count), groups.end());
    std::fill_n(groups.begin() + static_cast<std::ptrdiff_t>(*gap), 8 - count, std::uint16_t{0});
  }
  Address address;
  for (std::size_t g = 0; g < 8; ++g) {
    address.bytes[2 * g] = static_cast<std::uint8_t>(groups[g] >> 8);
    address.bytes[2 * g + 1] = static_cast<std::uint8_t>(groups[g] & 0xFF);
  }
  const bool is_mapped =
      std::all_of(groups.begin(), groups.begin() + 5, [](auto g) { return g == 0; }) && groups[5] == 0xFFFF;
  if (is_mapped) {
    Address v4;
    v4.is_v4 = true;
    std::copy(address.bytes.begin() + 12, address.bytes.end(), v4.bytes.begin());
    return v4;
  }
  return address;
}

}  // namespace

bool Address::looks_like_one(std::string_view text) noexcept {
  return looks_like_v4(text) || looks_like_v6(text);
}

std::optional<Address> Address::parse(std::string_view text) noexcept {
  if (looks_like_v4(text)) return parse_v4(text);
  if (looks_like_v6(text)) return parse_v6(text);
  return std::nullopt;
}

bool AddressRange::contains(const Address& address) const noexcept {
  if (address.is_v4 != base.is_v4) return false;
  const unsigned whole = bits / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  return ((base.bytes[whole] ^ address.bytes[whole]) >> (8 - bits % 8)) == 0;
}

AddressRange AddressRange::parse(std::string_view text, std::string& fault) {
  AddressRange range;
  if (std::count(text.begin(), text.end(), '/') != 1 || text.ends_with('/')) {
    fault = "Malformed CIDR, one '/' required";
    return range;
  }
  const std::size_t slash = text.find('/');
  const std::string_view ip = text.substr(0, slash);
  std::string_view bits = text.substr(slash + 1);
  if (bits.starts_with('+')) bits.remove_prefix(1);
  int value = 0;
  const auto read = std::from_chars(bits.data(), bits.data() + bits.size(), value);
  if (read.ec != std::errc{} || read.ptr != bits.data() + bits.size() || (text[slash + 1] == '+' && value < 0)) {
    fault = "Malformed CIDR, mask bits must be an integer";
  } else if (value < 0) {
    fault = "Malformed CIDR, mask bits must not be negative";
  } else if (!Address::looks_like_one(ip)) {
    fault = "Nonstandard IP address: " + std::string(ip);
  } else if (const auto base = Address::parse(ip); !base) {
    fault = "Invalid IP address: " + std::string(ip);
  } else if (base->is_v4 && value >= 32) {
    fault = "IPv4 mask bits must be < 32";
  } else if (value >= 128) {
    fault = "IPv6 mask bits must be < 128";
  } else {
    range = {*base, static_cast<unsigned>(value)};
  }
  return range;
}

}  // namespace millrace::filter
