// One call of an encoder, with a writer that catches what goes past its room.
//
// Confined to the check's main thread.
#pragma once

#include <string>

#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {

struct Body {
  Answer answer;
  std::string bytes;
  std::uint32_t from = 0, to = 0;  // the cursor before and after
  bool too_large() const { return answer.status == MR_OUT_OF_RANGE; }
};

// Fails when more was advanced over than was reserved.
Body encode(Live& live, const PagedBatch& batch, const Selection& keep, mr_limits limits, std::uint32_t cursor);
// The same, and skips when it is neither a body nor too large, or when the cursor does not move.
Body must_encode(Live& live, const PagedBatch& batch, const Selection& keep, mr_limits limits, std::uint32_t cursor);

std::uint32_t kept_between(const Selection& keep, std::uint32_t from, std::uint32_t to);

}  // namespace millrace::sdk_tool
