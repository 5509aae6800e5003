// Decimal text of integers and of header bytes, written without division by a variable and without a library call.
//
// Every function may write up to 32 bytes from `out` on, whatever it returns: the caller has that much room
// (event_writer.cc reserves it once a record). The returned pointer is behind the last character that counts.
//
// Thread-safe: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::lambda_event {

std::size_t decimal_size(std::uint64_t value);
std::size_t decimal_size(std::int64_t value);
char* write_decimal(char* out, std::uint64_t value);
char* write_decimal(char* out, std::int64_t value);

// The JSON array of the bytes as signed numbers, "[104,-3]": consumers expect Java's byte.
std::size_t byte_array_size(std::span<const std::uint8_t> bytes);
char* write_byte_array(char* out, std::span<const std::uint8_t> bytes);

}  // namespace millrace::lambda_event
