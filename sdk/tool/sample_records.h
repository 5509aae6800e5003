// Records for checks of filters and encoders, and what an instance makes of them.
//
// Ordinary records are ASCII, neither absent nor empty; what is unusual has a check of its own, so that one defect
// shows in one place.
//
// Confined to the check's main thread.
#pragma once

#include <string>
#include <vector>

#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

std::vector<SampleRecord> ordinary_records(Random& random, std::uint32_t count);
// As the host hands them to an encoder: the records of each stream stand together.
std::vector<SampleRecord> grouped(std::vector<SampleRecord> records);
// Absent, empty, not UTF-8, large: anything that Kafka may carry.
std::vector<SampleRecord> odd_records(Random& random, std::uint32_t count);

// What a started filter keeps, "1011..."; a call that fails is a finding of the outcome given.
std::string kept(Live& live, const PagedBatch& batch, Outcome when_it_fails = Outcome::kSkip);
inline std::string kept(Live& live, const std::vector<SampleRecord>& records) {
  return kept(live, PagedBatch(records));
}

}  // namespace millrace::sdk_tool
