// Ids, slices and the other nouns that events and actions are made of.
//
// The core never sees a record's bytes: it knows poll batches by number and moves slices of them about. Every position
// in the core was told to it by the shell; the core never computes one (offsets have holes, so position + 1 is a
// guess).
//
// Used by everything in runtime/pipeline/. Plain values.
#pragma once

#include <cstdint>

namespace millrace::pipeline {

using Time = std::uint64_t;      // nanoseconds, CLOCK_MONOTONIC's origin (Clock::now_ns)
using Duration = std::uint64_t;  // nanoseconds
using StreamId =
    std::uint64_t;  // the source's id of one assignment of a topic-partition; never reused, so it is the epoch too
using BatchId = std::uint64_t;    // given by the shell to each poll batch; never reused
using RequestId = std::uint64_t;  // given by the core; never reused, and kept over retries of the same records
using Ticket = std::uint64_t;     // given by the core to each submission of a request; never reused
using CommitId = std::uint64_t;   // given by the core to each commit
using Position = std::int64_t;    // a Kafka offset

inline constexpr Time kNever = ~Time{0};
inline constexpr Duration kMillisecond = 1'000'000;
inline constexpr Duration kSecond = 1'000 * kMillisecond;

// Records [first, first + count) of a poll batch, all of one stream; `kept` of them passed the filters. A slice that an
// action carries begins on a kept record; filtered ones may follow inside it and at its end. Filtered records need no
// work and are finished with the kept record before them, so a slice is finished exactly when its kept records are.
struct Slice {
  BatchId batch = 0;
  StreamId stream = 0;
  std::uint32_t first = 0;  // index in the poll batch (mr_batch.records)
  std::uint32_t count = 0;
  std::uint32_t kept = 0;
  std::uint64_t bytes = 0;  // key + value + headers of the kept records, as lengths
};

// One stream's records in a poll batch, as Polled and FilterFailed bring them.
struct Run {
  StreamId stream = 0;
  std::uint32_t first = 0;  // index of the first kept record; of the first record when none was kept
  std::uint32_t count = 0;  // records from `first` to the end of the run, filtered ones included
  std::uint32_t kept = 0;
  std::uint32_t filtered =
      0;  // records of the run that were filtered out, those before `first` included; for the counters
  std::uint64_t bytes = 0;      // of the kept records
  Position first_position = 0;  // of the record at `first`
  Position next_position = 0;   // of the last record of the run, plus 1
};

// Where an encoder stopped in the list of slices it was offered.
struct Cut {
  std::uint32_t slice = 0;  // slices[0 .. slice) were taken whole; slices.size() when everything was
  // Of slices[slice]: what was taken. The rest begins at slices[slice].first + count, which is a kept record.
  // All 0 when the encoder stopped between two slices.
  std::uint32_t count = 0;
  std::uint32_t kept = 0;
  std::uint64_t bytes = 0;
  Position rest_position = 0;  // of the record where the rest begins; not read when count is 0
};

struct Mark {  // every record of `stream` before `next` is finished
  StreamId stream = 0;
  Position next = 0;
};

}  // namespace millrace::pipeline
