#include "runtime/dev/sample_orders.h"

#include <array>
#include <cstdio>

namespace millrace::dev {
namespace {

// One of several, well mixed over n and different for each `salt`.
std::uint64_t pick(std::uint64_t n, std::uint64_t salt, std::uint64_t below) {
  std::uint64_t x = n * 0x9E3779B97F4A7C15u + salt * 0xBF58476D1CE4E5B9u;
  x ^= x >> 31;
  x *= 0x94D049BB133111EBu;
  x ^= x >> 29;
  return x % below;
}

}  // namespace

SampleOrder sample_order(std::uint64_t n) {
  static constexpr std::array<const char*, 4> kStatuses{"placed", "paid", "shipped", "returned"};
  static constexpr std::array<const char*, 6> kCountries{"DE", "FR", "PL", "SE", "ES", "IT"};
  const std::uint64_t cents = 500 + pick(n, 1, 40'000);
  const std::uint64_t minute = n % 1440;
  char value[256];
  std::snprintf(
      value, sizeof value,
      R"({"order":%llu,"status":"%s","total":%llu.%02llu,"currency":"EUR","country":"%s","placed":"2026-01-31T%02llu:%02llu:00Z"})",
      static_cast<unsigned long long>(1000 + n), kStatuses[pick(n, 2, kStatuses.size())],
      static_cast<unsigned long long>(cents / 100), static_cast<unsigned long long>(cents % 100),
      kCountries[pick(n, 3, kCountries.size())], static_cast<unsigned long long>(minute / 60),
      static_cast<unsigned long long>(minute % 60));
  return {"customer-" + std::to_string(1 + pick(n, 4, 20)), value};
}

}  // namespace millrace::dev
