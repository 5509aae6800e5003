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

inline constexpr std::size_t kMaximumContentType = 255;

// Absent, or short and printable ASCII: sinks write it into headers, where other bytes would begin lines of their own.
inline bool is_content_type(mr_str text) {
  return text.data == nullptr ||
         (text.size <= kMaximumContentType &&
          std::all_of(text.data, text.data + text.size, [](char c) { return c >= ' ' && c <= '~'; }));
}

}  // namespace millrace::plugin
