// How answers reach standard output.
//
// An answer is complete or not written: a command builds its text and hands it over once. Colour is used on a terminal
// only, and never with NO_COLOR set.
//
// Confined to the main thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.h"

namespace millrace::cli {

// Writes all of it to standard output; false when that failed (a full disk; a closed pipe is not a failure).
bool answer(std::string_view text);
// A line of talk on standard error.
void say(std::string_view line);

// Columns as wide as their widest cell, two blanks between them, a header in capitals.
std::string table(const std::vector<std::vector<std::string>>& rows);
// {"valid":…,"diagnostics":[…]} without the first member's braces: the array's text.
std::string diagnostics_json(const Diagnostics& diagnostics);
// One block of text for each, in order.
std::string diagnostics_text(const Diagnostics& diagnostics);
// The same as YAML.
std::string json_as_yaml(const std::string& json);

}  // namespace millrace::cli
