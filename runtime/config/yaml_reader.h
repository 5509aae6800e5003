// Reads strict YAML into a tree of Nodes.
//
// One document a file, plain data only. What makes a configuration ambiguous or dangerous is refused, each with the
// place and in an operator's words: several documents, tags, merge keys (`<<`), keys that are not plain text, a tree
// deeper than 64 or larger than 100,000 values once its aliases are expanded, a file over 1 MiB, text that is not
// UTF-8. An anchor and its aliases are a copy of the value. Duplicate keys stay in the tree: json_schema.h refuses
// them, and keeps them where a schema says `x-verbatim`.
//
// `${NAME}` and `${NAME:default}` are replaced after parsing, in values only, so a variable can change a value but
// never the structure. `${secret:...}` stays as it is; `$${` writes a literal `${`.
//
// Columns count bytes from 1. Thread-safe: no state.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/diagnostic.h"
#include "runtime/config/environment.h"
#include "runtime/config/node.h"

namespace millrace::config {

inline constexpr std::size_t kMaximumFileBytes = 1u << 20;
inline constexpr std::size_t kMaximumDepth = 64;
inline constexpr std::size_t kMaximumNodes = 100'000;
inline constexpr std::size_t kMaximumTextBytes = 4u << 20;  // of all scalars, aliases and variables expanded

struct YamlRead {
  std::optional<Node> root;  // there exactly when `diagnostics` is empty
  Diagnostics diagnostics;
};

// `file` is what messages call the text. A null environment leaves every ${ as it is.
YamlRead read_yaml(std::string_view text, const std::string& file, const Environment& environment);
// "-" is not special: it names a file.
YamlRead read_yaml_file(const std::string& file, const Environment& environment);

// The bytes of a regular file of at most `limit`; the failure is a diagnostic about the file.
std::optional<std::string> read_file(const std::string& file, std::size_t limit, Diagnostics& diagnostics);

}  // namespace millrace::config
