// Text and bytes of the plugin boundary as C++ views, and the selection bit of a record.
//
// A view is as short-lived as what it looks into. Used by the shell's files.
#pragma once

#include <millrace/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::pipeline {

inline std::string_view view(mr_str s) {
  return s.data == nullptr ? std::string_view() : std::string_view(s.data, s.size);
}
inline std::string_view view(mr_bytes b) {
  return {reinterpret_cast<const char*>(b.data), b.size};
}
inline mr_str to_mr_str(std::string_view s) {
  return {s.data(), s.size()};
}
inline bool is_kept(const std::uint64_t* keep, std::uint32_t i) {
  return (keep[i / 64] >> (i % 64)) & 1;
}
inline bool is_kept(const std::vector<std::uint64_t>& keep, std::uint32_t i) {
  return is_kept(keep.data(), i);
}

}  // namespace millrace::pipeline
