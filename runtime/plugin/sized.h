// Reads a struct that starts with its own size, from the other side of the plugin boundary.
//
// The writer may know fewer fields or more; what it lacks reads as zero, what we do not know is not read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <millrace/plugin.h>

namespace millrace::plugin {

inline std::uint32_t struct_size_of(const void* from) {
  std::uint32_t size = 0;
  std::memcpy(&size, from, sizeof size);
  return size;
}

template <class T>
T copy_sized(const void* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T out{};
  std::memcpy(&out, from, std::min<std::size_t>(struct_size_of(from), sizeof out));
  return out;
}

// A view of text from the other side: null is empty, and at most `limit` bytes are believed.
inline std::string_view bounded(mr_str text, std::size_t limit) {
  return text.data == nullptr ? std::string_view()
                              : std::string_view(text.data, std::min<std::uint64_t>(text.size, limit));
}

}  // namespace millrace::plugin
