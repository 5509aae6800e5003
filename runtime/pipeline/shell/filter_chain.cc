#include "runtime/pipeline/shell/filter_chain.h"

#include <algorithm>

#include "runtime/pipeline/shell/batch_store.h"

namespace millrace::pipeline {

Selection all_records(std::uint32_t count) {
  Selection keep((count + 63) / 64, ~std::uint64_t{0});
  if (count % 64 != 0) keep.back() = (std::uint64_t{1} << (count % 64)) - 1;
  return keep;
}

bool FilterChain::apply(const mr_batch& batch, Selection& keep, observe::Problem& why, bool& filter_failed) const {
  filter_failed = false;
  Selection before;
  for (const auto& filter : filters_) {
    before = keep;
    const Status status = filter->apply(batch, keep.data(), &why);
    if (status.ok()) {
      // A filter that sets bits must not bring back what an earlier one dropped.
      for (std::size_t w = 0; w < keep.size(); ++w) keep[w] &= before[w];
      if (std::all_of(keep.begin(), keep.end(), [](std::uint64_t word) { return word == 0; })) return true;
      continue;
    }
    filter_failed = true;
    switch (policy_) {
      case config::OnFilterError::kFail:
        keep = all_records(batch.count);
        return false;
      case config::OnFilterError::kKeep:
        keep = before;
        break;
      case config::OnFilterError::kDrop:
        std::fill(keep.begin(), keep.end(), 0);
        return true;
    }
  }
  return true;
}

Status FilterChain::start() {
  for (const auto& filter : filters_)
    if (Status s = filter->start(); !s.ok()) return s;
  return {};
}

void FilterChain::stop(std::uint64_t deadline_ns) {
  for (const auto& filter : filters_) filter->stop(deadline_ns);
}

std::uint64_t record_bytes(const mr_batch& batch, const mr_record& record) {
  std::uint64_t bytes = record.key.size + record.value.size;
  for (std::uint32_t h = 0; h < record.header_count; ++h) {
    const mr_header& header = batch.headers[record.first_header + h];
    bytes += header.name.size + header.value.size;
  }
  return bytes;
}

void describe_runs(const mr_batch& batch, const Selection& keep, std::vector<Run>& runs) {
  for (std::uint32_t i = 0; i < batch.count;) {
    const std::uint32_t stream = record_at(batch, i).stream;
    Run run;
    run.stream = stream_at(batch, stream).id;
    run.first = i;
    run.first_position = record_at(batch, i).position;
    const std::uint32_t begin = i;
    Position last = 0;
    for (; i < batch.count; ++i) {
      const mr_record& record = record_at(batch, i);
      if (record.stream != stream) break;
      last = record.position;
      if (((keep[i / 64] >> (i % 64)) & 1) == 0) {
        ++run.filtered;
        continue;
      }
      if (run.kept == 0) {
        run.first = i;
        run.first_position = record.position;
      }
      ++run.kept;
      run.bytes += record_bytes(batch, record);
    }
    run.count = i - (run.kept == 0 ? begin : run.first);
    run.next_position = last + 1;
    runs.push_back(run);
  }
}

}  // namespace millrace::pipeline
