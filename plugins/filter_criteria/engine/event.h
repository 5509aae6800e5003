// A JSON object, flattened to the values that a set of paths asks for.
//
// Only strings, numbers, true, false and null are values; objects and arrays are the way to them, and arrays do not
// show in a path. A member name with a dot in it equals two nested members. Values of duplicate members are all kept.
//
// Where a value stands inside arrays is kept as its node in a tree in which arrays and the objects or arrays inside
// them alternate. A scalar directly inside an array belongs to what that array is in. A child has a larger number than
// its parent, and kRoot is the event itself.
//
// json_matcher.cc uses it, for one record after the other, so that buffers stay. Confined to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json_reader.h"

namespace millrace::filter {

struct Leaf {
  enum class Kind : std::uint8_t { kString, kNumber, kLiteral };
  Kind kind;
  std::uint32_t node;
  std::string_view text;  // decoded when a string, else as written
};

class Event {
 public:
  static constexpr std::uint32_t kRoot = 0;

  struct Node {
    std::uint32_t parent;
    bool is_array;
  };

  // paths: sorted, without duplicates. False when the text is not exactly one JSON object in UTF-8; values are void
  // then.
  bool read(std::string_view text, const std::vector<std::string>& paths);

  // What stood at paths[path], in the order of the text. Valid until the next read().
  const std::vector<Leaf>& values(std::size_t path) const noexcept { return values_[path]; }
  const std::vector<Node>& nodes() const noexcept { return nodes_; }

 private:
  struct Place {  // paths [first, last) begin with the member names down to here, which take `length` bytes
    std::uint32_t first, last;
    std::size_t length;
    bool is_wanted() const noexcept { return first < last; }
  };
  struct Container {  // an object or array that has not ended
    Place place;
    std::uint32_t node;   // of the values in it
    std::uint32_t array;  // its own node when it is an array
    bool is_array;
  };

  bool read_members();
  Place step(const Container& from, std::string_view name) const noexcept;
  void enter(const Place& place, bool is_array);
  void add_value(const Place& place, Leaf::Kind kind);
  std::uint32_t add_node(std::uint32_t parent, bool is_array);

  const std::vector<std::string>* paths_ = nullptr;
  JsonReader reader_{{}};  // of the last read(): it owns the decoded strings
  std::vector<std::vector<Leaf>> values_;
  std::vector<Node> nodes_;
  std::vector<Container> open_;
};

}  // namespace millrace::filter
