// What a kernel of the scan tells of 64 bytes: one bit a byte, the first byte in the lowest bit.
//
// Used by scan_kernel.h and the files of the kernels only.
#pragma once

#include <cstdint>

namespace millrace::filter::kernels {

struct Masks {
  std::uint64_t quote, backslash, control, white, open_object, close_object, open_array, close_array, comma, colon,
      digit, zero, non_ascii;
};

struct NumberMasks {
  std::uint64_t dot, e, plus, minus;
};

}  // namespace millrace::filter::kernels
