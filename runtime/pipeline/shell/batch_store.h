// Keeps the records that a pipeline holds, as the source lent them or as a copy, until the core orders them released.
//
// A record keeps its index within its poll batch for life: the core speaks of (batch, index), whether the batch is
// still the source's or, after copy(), only the kept records of it in memory of ours. Exactly one release() per adopted
// batch; all of them before the source is stopped, because their bytes are the source's.
//
// Used by PollerThread. Confined to its thread; a copy's or batch's bytes are read by the sink until its request is
// done.
#pragma once

#include <millrace/plugin.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/pipeline/slice.h"

namespace millrace::pipeline {

// A contiguous run of records of one poll batch, all of one stream; filtered ones among them included.
struct RecordRun {
  BatchId batch = 0;
  std::uint32_t first = 0, count = 0;
};

class BatchStore {
 public:
  BatchStore() = default;
  ~BatchStore() { release_all(); }
  BatchStore(const BatchStore&) = delete;
  BatchStore& operator=(const BatchStore&) = delete;

  // Takes over the batch's release. keep: bit i says whether record i passed the filters, ceil(count / 64) words; empty
  // until select() is called, when the filters have yet to run.
  BatchId adopt(const mr_batch& batch, std::vector<std::uint64_t> keep);

  // Copies the kept records into memory of ours and releases the source's. Gives the bytes now held. Doing it again
  // changes nothing.
  std::uint64_t copy(BatchId id);

  // Before the source goes while records are still needed.
  void copy_all();

  void release(BatchId id);
  void release_all();
  bool contains(BatchId id) const { return held_.contains(id); }
  std::size_t size() const noexcept { return held_.size(); }

  // The record, wherever it lives now. Only kept records exist after copy().
  const mr_record& record(BatchId id, std::uint32_t index) const;
  const mr_batch& batch_of(BatchId id) const { return held_.at(id).batch; }
  std::uint32_t kept_in(const RecordRun& run) const;
  const std::vector<std::uint64_t>& keep_of(BatchId id) const { return held_.at(id).keep; }
  // Another run of the filters gave another selection, of records that are all still here.
  void select(BatchId id, std::vector<std::uint64_t> keep) { held_.at(id).keep = std::move(keep); }

  // What an encoder is given for these runs, in their order. Valid until the store changes or the next view().
  //
  // One run of a batch of one stream is handed over as it lies: `in` and `keep` are the batch's and the cursor starts
  // at the run. Anything else is gathered: one array of views in the order of the runs, streams re-indexed, owner NULL.
  // Records past `most` kept ones are not gathered.
  struct View {
    const mr_batch* in = nullptr;
    const std::uint64_t* keep = nullptr;
    std::uint32_t cursor = 0;  // where encoding starts
    std::uint32_t kept = 0;    // records of the runs that are kept: the encoder must take no more than these
  };
  View view(std::span<const RecordRun> runs, std::uint32_t most);

 private:
  std::uint32_t stream_index(const mr_stream& stream);

  struct Copy {                           // the kept records of a batch in memory of ours
    std::vector<std::uint32_t> original;  // ascending: record i here was record original[i]
    std::vector<mr_record> records;
    std::vector<mr_header> headers;
    std::vector<mr_stream> streams;
    std::vector<mr_field> attributes;
    std::unique_ptr<char[]> bytes;
  };
  struct Held {
    mr_batch batch{};
    std::vector<std::uint64_t> keep;
    std::unique_ptr<Copy> copy;
  };
  // Where a run lies in what is held now, as [begin, end) of the held batch's records.
  static std::pair<std::uint32_t, std::uint32_t> range(const Held& held, const RecordRun& run);

  std::unordered_map<BatchId, Held> held_;
  BatchId next_ = 1;

  // The gathered batch of the last view().
  mr_batch gathered_{};
  std::vector<mr_record> records_;
  std::vector<mr_header> headers_;
  std::vector<mr_stream> streams_;
  std::vector<std::uint64_t> ones_;
};

inline const mr_record& record_at(const mr_batch& batch, std::uint32_t index) {
  return *reinterpret_cast<const mr_record*>(reinterpret_cast<const char*>(batch.records) +
                                             std::size_t{index} * batch.record_stride);
}
inline const mr_stream& stream_at(const mr_batch& batch, std::uint32_t index) {
  return *reinterpret_cast<const mr_stream*>(reinterpret_cast<const char*>(batch.streams) +
                                             std::size_t{index} * batch.stream_stride);
}

}  // namespace millrace::pipeline
