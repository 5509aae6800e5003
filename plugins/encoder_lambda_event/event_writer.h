// Writes one Lambda event of a self-managed Kafka cluster from the kept records of a batch.
//
// A body never exceeds the limits, closing brackets included, and every record goes into the host's buffer in one pass:
// its largest possible size is known from lengths alone, and only a record for which that bound would not fit any more
// is counted exactly. plugin.cc is the only caller.
//
// Thread-safe: nothing changes after construction.
#pragma once
#include <cstdint>
#include <millrace/records.hpp>

#include "base64.h"

namespace millrace::lambda_event {

class EventWriter {
 public:
  explicit EventWriter(Base64Encode base64 = best_base64()) : base64_(base64) {}

  // Takes kept records from `cursor` on until one more would exceed the limits (0: no limit) or would reopen a
  // "topic-partition" that the body has already closed. Moves `cursor` to the first kept record that it left, or to
  // in.size(). Writes nothing when no record is kept.
  //
  // False: the kept record on which `cursor` now stands does not fit alone; nothing was advanced.
  // Throws std::bad_alloc when `out` has no room; what was advanced by then is no event, and `cursor` has not moved.
  bool write(Batch in, const std::uint64_t* keep, Limits limits, std::uint32_t& cursor, Writer& out) const;

 private:
  Base64Encode base64_;
};

}  // namespace millrace::lambda_event
