#include "tests/e2e/scenarios/records.h"

#include <algorithm>
#include <cstring>

namespace millrace::e2e {

std::int64_t RecordMaker::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
}

std::string RecordMaker::bytes(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t at = 0; at < size; at += 8) {
    const std::uint64_t word = random_();
    std::memcpy(text.data() + at, &word, std::min<std::size_t>(8, size - at));
  }
  return text;
}

Bytes RecordMaker::value() {
  const std::int64_t kind = between(0, 9999);
  if (kind < 1) return bytes(1'000'000);
  if (kind < 100) return bytes(static_cast<std::size_t>(between(4'000, 32'000)));
  if (kind < 1000) return bytes(static_cast<std::size_t>(between(300, 4'000)));
  if (kind < 1500) return std::nullopt;
  if (kind < 1700) return "";
  return R"({"order":)" + std::to_string(between(1, 1'000'000)) + R"(,"note":")" +
         std::string(static_cast<std::size_t>(between(0, 200)), 'x') + "\"}";
}

Message RecordMaker::next() {
  Message message;
  message.topic = topic_;
  const std::int64_t kind = between(0, 19);
  const std::int64_t customer = between(0, 999) * between(0, 999) / 999;  // few keys carry many records
  if (kind == 1) message.key = "";
  if (kind == 2) message.key = bytes(16);
  if (kind > 2) message.key = "customer-" + std::to_string(customer);
  message.partition = static_cast<std::int32_t>((kind > 2 ? customer : between(0, 1000)) % partitions_);
  message.value = value();
  if (between(0, 3) == 0) {
    message.headers.emplace_back("trace", bytes(16));
    if (between(0, 3) == 0) message.headers.emplace_back("trace", std::nullopt);
    if (between(0, 3) == 0) message.headers.emplace_back("empty", "");
  }
  return message;
}

}  // namespace millrace::e2e
