// Writes a value as YAML that yaml_reader.h reads back to the same thing.
//
// Text that could be taken for a number, a boolean or null is quoted; everything else stays as plain as it may.
//
// Used for `validate --show-defaults` and `-o yaml`. Thread-safe: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "runtime/config/node.h"

namespace millrace::config {

std::string to_yaml(const Node& node);
// The same for JSON text; empty when it is none.
std::string json_to_yaml(std::string_view json);

}  // namespace millrace::config
