// The name somebody probably meant.
//
// Counts insertions, deletions, replacements and swapped neighbours; answers only when the nearest name is near enough
// that the suggestion is more likely help than noise.
//
// Thread-safe: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

std::size_t edit_distance(std::string_view a, std::string_view b);
// "" when nothing is near.
std::string nearest(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace millrace::config
