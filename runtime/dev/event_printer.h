// Shows events as the function gets them, short enough to read while they arrive.
//
// The first event is printed as JSON with at most two of its records and the first value decoded; each later one is a
// line. What is left out is said, never silently missing.
//
// Used by demo.h, on the embedded function's thread. Confined to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace millrace::dev {

class EventPrinter {
 public:
  using Print = std::function<void(std::string_view text)>;  // whole lines, without the last newline

  explicit EventPrinter(Print print) : print_(std::move(print)) {}

  void on_event(std::string_view event);

 private:
  const Print print_;
  std::uint64_t events_ = 0;
};

}  // namespace millrace::dev
