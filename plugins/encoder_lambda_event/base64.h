// Base64 (RFC 4648, standard alphabet, padded) at the speed of memory.
//
// All kernels produce the same bytes for the same input, read nothing outside it and write nothing past
// base64_size(n). event_writer.cc picks the best one once; the tests run every one that this machine has.
//
// Thread-safe: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::lambda_event {

// Writes exactly base64_size(size) characters to `out`.
using Base64Encode = void (*)(const std::uint8_t* in, std::size_t size, char* out);

struct Base64Kernel {
  const char* name;
  Base64Encode encode;
  bool runs_here;  // this processor and operating system have the instructions
};

constexpr std::size_t base64_size(std::size_t size) {
  return (size + 2) / 3 * 4;
}

// The fastest first; the last one is plain C++ and runs everywhere.
std::span<const Base64Kernel> base64_kernels();

// The first of base64_kernels() that runs here.
Base64Encode best_base64();

}  // namespace millrace::lambda_event
