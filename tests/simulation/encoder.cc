// The model encoder: as many records as fit, sometimes fewer, sometimes none. See host.h.
#include <algorithm>

#include "tests/simulation/host.h"
#include "tests/simulation/world.h"

namespace millrace::simulation {

using namespace pipeline;

void Host::act(const Encode& action) {
  Random& random = world_.random();
  Request& request = requests_[action.request];
  if (request.discarded || request.in_flight)
    throw Violation("protocol: Encode of a request that is over or in flight");
  request.items.clear();
  request.places.clear();
  request.body = 0;
  for (const Slice& slice : action.slices)
    if (!held(slice.batch).items.at(slice.first).kept) throw Violation("protocol: a slice begins on a filtered record");
  if (world_.is(Fault::kEncoderFails) && random.chance(0.4)) return feed(EncodeFailed{action.request});
  std::uint32_t most = action.limits.max_records;
  if (world_.is(Fault::kEncoderTakesFew)) most = std::min(most, static_cast<std::uint32_t>(random.between(1, 3)));

  std::uint64_t bytes = 0;
  Cut cut;
  for (; cut.slice < action.slices.size(); ++cut.slice) {
    const Slice& slice = action.slices[cut.slice];
    const std::vector<Source::Item>& items = held(slice.batch).items;
    std::uint32_t kept = 0;
    std::uint64_t slice_bytes = 0;
    for (std::uint32_t i = slice.first; i < slice.first + slice.count; ++i) {
      if (!items[i].kept) continue;
      if (items[i].stream != slice.stream) throw Violation("protocol: a slice of two streams");
      const std::uint64_t size = std::uint64_t{items[i].record->size} * 4 / 3 + 200;
      const bool fits = bytes + size <= action.limits.max_bytes && request.items.size() < most;
      if (fits) {
        ++kept;
        slice_bytes += items[i].record->size;
        bytes += size;
        request.items.push_back({slice.stream, items[i].record});
        request.places.push_back({slice.batch, i});
        continue;
      }
      std::uint32_t rest = i;
      const bool oversize = request.items.empty();
      if (oversize) {  // describe this record and the filtered ones behind it
        kept = 1;
        slice_bytes = items[i].record->size;
        for (++rest; rest < slice.first + slice.count && !items[rest].kept;) ++rest;
      }
      if (rest == slice.first + slice.count)
        ++cut.slice;
      else if (kept > 0)
        cut = {cut.slice, rest - slice.first, kept, slice_bytes, items[rest].record->position};
      if (oversize) return feed(Oversize{action.request, cut});
      request.body = bytes;
      return feed(Encoded{action.request, cut, bytes});
    }
    if (kept != slice.kept) throw Violation("protocol: a slice counts its kept records wrong");
  }
  request.body = bytes;
  feed(Encoded{action.request, cut, bytes});
}

}  // namespace millrace::simulation
