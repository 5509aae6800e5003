// A started source, polled as a host polls it.
//
// Confined to one thread, which is the source's; interrupt() and release() may be called from others.
#pragma once

#include <map>
#include <vector>

#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

// A batch that the source lent, until release().
class Lent {
 public:
  explicit Lent(const mr_batch& batch);
  Lent(Lent&& other) noexcept;
  Lent& operator=(Lent&&) = delete;
  ~Lent() { release(); }

  void release();
  std::uint32_t count() const { return batch_.count; }
  const mr_record& record(std::uint32_t i) const;
  std::uint64_t stream_id(std::uint32_t i) const;       // fails when the record's index is no stream
  std::uint64_t checksum() const { return checksum_; }  // of the bytes when they were lent
  std::uint64_t checksum_now() const;

 private:
  mr_batch batch_;
  std::uint64_t checksum_;
};

class Feed {
 public:
  explicit Feed(Live& live) : live_(live) {}

  // An error is a skip: the source cannot work here.
  Lent poll(std::uint32_t records, std::uint64_t bytes = 1u << 20, std::uint32_t timeout_ms = 20);
  std::vector<std::uint64_t> assigned() const;
  Answer set_paused(const std::vector<std::uint64_t>& ids, bool paused);
  Answer release_streams(const std::vector<std::uint64_t>& ids);
  Answer commit(const std::vector<mr_position>& positions, std::uint64_t deadline_ns = 0);
  void interrupt();

 private:
  Live& live_;
};

// For at most `seconds`, until it says that it has enough: { look(batch) -> bool }.
template <class Look>
bool poll_until(Feed& feed, double seconds, std::uint32_t records, Look&& look) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < deadline)
    if (look(feed.poll(records))) return true;
  return false;
}

}  // namespace millrace::sdk_tool
