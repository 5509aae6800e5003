// Decimal text by table: two digits a step for integers, one 8-byte store for a header byte.
#include "decimal.h"

#include <array>
#include <bit>
#include <cstring>

namespace millrace::lambda_event {
namespace {

constexpr auto kTwoDigits = [] {
  std::array<std::array<char, 2>, 100> digits{};
  for (std::size_t i = 0; i < 100; ++i) {
    digits[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
  }
  return digits;
}();

constexpr auto kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

// "-128," and its length in the last byte, so that one load gives both.
constexpr auto kBytes = [] {
  std::array<std::array<char, 8>, 256> entries{};
  for (int byte = 0; byte < 256; ++byte) {
    auto& entry = entries[static_cast<std::size_t>(byte)];
    const int value = byte < 128 ? byte : byte - 256;
    const int magnitude = value < 0 ? -value : value;
    std::size_t size = 0;
    if (value < 0) entry[size++] = '-';
    if (magnitude >= 100) entry[size++] = static_cast<char>('0' + magnitude / 100);
    if (magnitude >= 10) entry[size++] = static_cast<char>('0' + magnitude / 10 % 10);
    entry[size++] = static_cast<char>('0' + magnitude % 10);
    entry[size++] = ',';
    entry[7] = static_cast<char>(size);
  }
  return entries;
}();

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

}  // namespace

std::size_t decimal_size(std::uint64_t value) {
  // 1233/4096 is a little under log10(2), so the guess is right or one too small.
  const auto guess = static_cast<std::size_t>(std::bit_width(value | 1)) * 1233 >> 12;
  return guess + (guess < kPowersOfTen.size() && value >= kPowersOfTen[guess] ? 1 : 0) + (value == 0 ? 1 : 0);
}

std::size_t decimal_size(std::int64_t value) {
  return decimal_size(magnitude(value)) + (value < 0 ? 1 : 0);
}

char* write_decimal(char* out, std::uint64_t value) {
  char* const end = out + decimal_size(value);
  char* at = end;
  while (value >= 100) {
    at -= 2;
    std::memcpy(at, kTwoDigits[value % 100].data(), 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(at - 2, kTwoDigits[value].data(), 2);
  } else {
    at[-1] = static_cast<char>('0' + value);
  }
  return end;
}

char* write_decimal(char* out, std::int64_t value) {
  *out = '-';
  return write_decimal(out + (value < 0 ? 1 : 0), magnitude(value));
}

std::size_t byte_array_size(std::span<const std::uint8_t> bytes) {
  std::size_t size = bytes.empty() ? 2 : 1;  // "[" and one comma or bracket after each; "[]"
  for (const std::uint8_t byte : bytes) size += static_cast<std::size_t>(kBytes[byte][7]);
  return size;
}

char* write_byte_array(char* out, std::span<const std::uint8_t> bytes) {
  *out++ = '[';
  if (bytes.empty()) {
    *out++ = ']';
    return out;
  }
  for (const std::uint8_t byte : bytes) {
    std::memcpy(out, kBytes[byte].data(), 8);
    out += kBytes[byte][7];
  }
  out[-1] = ']';
  return out;
}

}  // namespace millrace::lambda_event
