// Credit: which poll batches are held, what they and the request bodies weigh, and what may still be polled.
//
// credit = leased bytes − bytes that batches retain − bytes of bodies, never below 0. A batch is released when its last
// kept record has its fate, exactly once.
//
// Confined to its core.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "runtime/pipeline/slice.h"

namespace millrace::pipeline {

class Credit {
 public:
  struct Batch {
    std::uint64_t retained = 0;
    std::uint64_t records = 0;  // kept and not finished
    bool copied = false;
    bool raw = false;  // waits for Refilter
    std::uint32_t failures = 0;
    Time due = 0;
  };

  explicit Credit(std::uint64_t budget) : budget_(budget) {}

  void set_budget(std::uint64_t bytes) { budget_ = bytes; }
  std::uint64_t budget() const { return budget_; }
  std::uint64_t left() const {
    const std::uint64_t used = retained_ + bodies_;
    return used < budget_ ? budget_ - used : 0;
  }

  Batch& adopt(BatchId id, std::uint64_t retained) {
    Batch& batch = batches_[id];
    weigh(batch, retained);
    return batch;
  }
  Batch* find(BatchId id) {
    auto at = batches_.find(id);
    return at == batches_.end() ? nullptr : &at->second;
  }
  void weigh(Batch& batch, std::uint64_t retained) {
    retained_ = retained_ - batch.retained + retained;
    batch.retained = retained;
  }
  // So many kept records have their fate. True: the batch is over and forgotten; order its Release.
  bool settle(BatchId id, std::uint64_t records) {
    auto at = batches_.find(id);
    if (at == batches_.end()) return false;
    at->second.records -= records < at->second.records ? records : at->second.records;
    if (at->second.records > 0) return false;
    retained_ -= at->second.retained;
    batches_.erase(at);
    return true;
  }

  void body_added(std::uint64_t bytes) { bodies_ += bytes; }
  void body_freed(std::uint64_t bytes) { bodies_ -= bytes; }
  std::uint64_t bodies() const { return bodies_; }
  std::uint64_t retained() const { return retained_; }
  const std::unordered_map<BatchId, Batch>& batches() const { return batches_; }

 private:
  std::uint64_t budget_, retained_ = 0, bodies_ = 0;
  std::unordered_map<BatchId, Batch> batches_;
};

}  // namespace millrace::pipeline
