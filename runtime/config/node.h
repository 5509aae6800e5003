// Node: one value of a configuration file, with the place it stands at.
//
// The tree is what was written, no more: scalars keep their text and whether they were quoted, mappings keep their
// order and their duplicates, so that whoever reads a node decides what a duplicate or a spelling means. Typing follows
// the YAML 1.2 core schema and is asked for with scalar_type(): `on`, `yes` and `0o9` are strings, `010` is ten,
// anything quoted is a string.
//
// Made by yaml_reader.h, read by json_schema.h and pipeline_spec.h. Thread-compatible plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

struct Place {
  int line = 0;  // from 1; 0 when there is no place
  int column = 0;
};

enum class ScalarType { kNull, kBoolean, kInteger, kNumber, kString };

struct Node {
  enum class Kind { kScalar, kSequence, kMapping };

  Kind kind = Kind::kScalar;
  Place place;
  std::string text;               // a scalar's text, escapes and folding undone
  bool quoted = false;            // a scalar in quotes or a block scalar: a string whatever it looks like
  std::vector<Node> items;        // a sequence's items, or a mapping's values
  std::vector<std::string> keys;  // a mapping's keys, one for each item, in the order they were written
  std::vector<Place> key_places;

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }

  // The first value under this key; nullptr when there is none or this is no mapping.
  const Node* find(std::string_view key) const;
};

// What a scalar is under the YAML 1.2 core schema.
ScalarType scalar_type(const Node& scalar);
// The scalar as a whole number; nothing when it is none or does not fit.
std::optional<std::int64_t> to_integer(const Node& scalar);
// The scalar as a number, whole or not; may be infinite or not-a-number.
std::optional<double> to_number(const Node& scalar);
// The scalar's text as a number JSON can carry, with the digits as they were written where JSON allows the spelling
// (`3.0e2` stays `3.0e2`; `+5`, `010`, `0x1F`, `.5` become `5`, `10`, `31`, `0.5`). Nothing for .inf and .nan.
std::optional<std::string> to_json_number(const Node& scalar);

// JSON text of a tree, keeping key order, duplicate keys and the spelling of numbers. Nothing, and the place of the
// culprit in *bad, when a number is infinite or not a number.
std::optional<std::string> to_verbatim_json(const Node& node, Place* bad);

// A JSON string literal with its quotes.
std::string json_quote(std::string_view text);
// JSON pointer (RFC 6901) of a member or item.
std::string child_pointer(std::string_view parent, std::string_view key);
// What a person would call the node in a message: "a mapping", "a list", "text", "a number".
std::string_view describe(const Node& node);

}  // namespace millrace::config
