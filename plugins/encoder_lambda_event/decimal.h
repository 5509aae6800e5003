// Decimal text of integers and of header bytes, written without division by a variable and without a library call.
//
// Every function may write up to 32 bytes from `out` on, whatever it returns: the caller has that much room
// (event_writer.cc reserves it once a record). The returned pointer is behind the last character that counts.
//
// Thread-safe: pure functions. A DecimalRun is for one thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace millrace::lambda_event {

std::size_t decimal_size(std::uint64_t value);
std::size_t decimal_size(std::int64_t value);
char* write_decimal(char* out, std::uint64_t value);
char* write_decimal(char* out, std::int64_t value);

// Writes numbers of which most follow closely on the one before, as positions and times in a log do: keeps the text of
// the last one's tens, since often only the last digit differs.
class DecimalRun {
 public:
  char* write(char* out, std::int64_t value) {
    if (value < 0) return write_decimal(out, value);
    auto digit = static_cast<std::uint64_t>(value) - tens_;
    if (digit > 9) {
      size_ = static_cast<std::size_t>(write_decimal(text_.data(), value) - text_.data());
      digit = static_cast<std::uint64_t>(value) % 10;
      tens_ = static_cast<std::uint64_t>(value) - digit;
    }
    std::memcpy(out, text_.data(), text_.size());
    out[size_ - 1] = static_cast<char>('0' + digit);
    return out + size_;
  }

 private:
  std::array<char, 32> text_{'0'};
  std::size_t size_ = 1;
  std::uint64_t tens_ = 0;
};

// The JSON array of the bytes as signed numbers, "[104,-3]": consumers expect Java's byte.
std::size_t byte_array_size(std::span<const std::uint8_t> bytes);
char* write_byte_array(char* out, std::span<const std::uint8_t> bytes);

}  // namespace millrace::lambda_event
