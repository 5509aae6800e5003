// JSON text as a plain tree, kept as it was written.
//
// Duplicate members, their order and the spelling of numbers all decide a verdict, so nothing is merged or converted.
// Nodes lie in one vector and name each other by index: neither parsing nor destroying a deep document recurses.
//
// The reference reads patterns and record values with it. Value type; confined to one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::filter::reference {

struct Json {
  enum class Kind { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };
  struct Node {
    Kind kind;
    std::string name;                   // of the member, decoded, when the parent is an object
    std::string text;                   // a string decoded, anything else but objects and arrays as written
    std::vector<std::size_t> children;  // in the order of the text
  };

  std::vector<Node> nodes;  // nodes[0] is the document

  // Nothing when text is not exactly one JSON value by RFC 8259, in UTF-8.
  static std::optional<Json> parse(std::string_view text);
};

bool is_utf8(std::string_view text);

}  // namespace millrace::filter::reference
