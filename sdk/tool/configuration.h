// Configurations for a component under test, made from its schema and proved by the host's own validator.
//
// What comes out is what a host would hand to create(): valid, defaults filled in, durations in milliseconds. Where
// values are invented they stay on this machine: addresses are 127.0.0.1:9, files are in the current folder.
//
// Used by trial.cc and the checks. Thread-safe: free functions.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace millrace::sdk_tool {

using Random = std::mt19937_64;

// The canonical form of a configuration (JSON or YAML text), or nothing and what is wrong with it.
std::optional<std::string> canonical(const std::string& schema, const std::string& text, std::string* problem);
// The schema's own examples (the keyword `examples` at its root), as JSON.
std::vector<std::string> examples(const std::string& schema);
// The smallest configuration that the schema allows, canonical; nothing and the reason when none could be made.
std::optional<std::string> smallest(const std::string& schema, std::string* problem);
// A random one that the schema allows, canonical; nothing when a few attempts made none.
std::optional<std::string> any(const std::string& schema, Random& random);
// Configurations that no host would hand on, but that are JSON: nothing, no object, each property with a value of
// another type.
std::vector<std::string> refused(const std::string& schema);

// The fields for component TYPE in a file that holds one mapping, or a list of mappings with `type`. JSON.
std::optional<std::string> fields_in(const std::string& text, const std::string& type, std::string* problem);

}  // namespace millrace::sdk_tool
