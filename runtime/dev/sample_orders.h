// Orders of a shop that does not exist, for people who want to see records before they have any.
//
// The n-th order is always the same, so that a demonstration and its test see the same records. Values are flat JSON:
// {"order", "status", "total", "currency", "country", "placed"}; the key is the customer.
//
// Pure.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::dev {

struct SampleOrder {
  std::string key;
  std::string value;
};

SampleOrder sample_order(std::uint64_t n);

}  // namespace millrace::dev
