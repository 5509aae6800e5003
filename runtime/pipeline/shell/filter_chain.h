// Runs a pipeline's filters over a poll batch, and describes what is left to the core.
//
// A failing filter never half-applies: what it did to the selection is undone, then the pipeline's on_filter_error says
// whether the batch waits (fail), passes this filter whole (keep) or is dropped whole (drop).
//
// Used by Poller. Confined to its thread.
#pragma once

#include <millrace/plugin.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/config/pipeline_spec.h"
#include "runtime/observe/health.h"
#include "runtime/pipeline/slice.h"
#include "runtime/plugin/instance.h"

namespace millrace::pipeline {

using Selection = std::vector<std::uint64_t>;  // bit i of word i / 64 is record i; bits past the count are zero

Selection all_records(std::uint32_t count);

class FilterChain {
 public:
  FilterChain(std::vector<std::unique_ptr<plugin::FilterInstance>> filters, config::OnFilterError policy)
      : filters_(std::move(filters)), policy_(policy) {}

  // False: a filter failed and the policy is `fail`; `keep` then holds every record and `why` the reason. With keep and
  // drop a failure fills `why` and `failed_filter` too, and the answer is true.
  bool apply(const mr_batch& batch, Selection& keep, observe::Problem& why, bool& filter_failed) const;
  Status start();
  void stop(std::uint64_t deadline_ns);
  bool empty() const noexcept { return filters_.empty(); }

 private:
  const std::vector<std::unique_ptr<plugin::FilterInstance>> filters_;
  const config::OnFilterError policy_;
};

// One Run for each stretch of records of one stream, in the batch's order.
void describe_runs(const mr_batch& batch, const Selection& keep, std::vector<Run>& runs);

// The bytes that the core counts for a record: key, value, header names and values.
std::uint64_t record_bytes(const mr_batch& batch, const mr_record& record);

}  // namespace millrace::pipeline
