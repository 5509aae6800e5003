// Bringing the values that come next into the cache, a line for each line that a scan reads.
//
// Where values lie one behind another, as in what a source has fetched, the bytes kFetchedAhead further belong to the
// value after next. Asked for as the scan goes, they arrive in time; all lines of a value at once wait for each other,
// and nothing else is read meanwhile. A value that stands alone costs as many lines that nobody reads, and no more.
//
// Used by the scan's kernels. Reads nothing, so that it may be asked of any address.
#pragma once
#include <cstdint>

namespace millrace::filter {

inline constexpr std::uintptr_t kFetchedAhead = 2048;  // half a page; a kilobyte is too late, four win nothing

[[gnu::always_inline]] inline void fetch_ahead_of(const char* line) {
  // As a number, for it may lie outside of all objects.
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(line) + kFetchedAhead));
}

}  // namespace millrace::filter
