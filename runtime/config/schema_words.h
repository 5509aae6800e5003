// How the schema checker speaks: what a value looks like in a message, and what a schema asks for.
//
// Private to this folder. Thread-safe: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/schema_document.h"

namespace millrace::config {

// At most 60 bytes of a text, cut between characters.
std::string clip(std::string_view text);
// Text in quotes, another scalar as it was written, "a list", "a mapping".
std::string shown(const Node& node);
// A JSON value as a person writes it: text without quotes.
std::string plain(const Json& json);
std::string number_text(double value);
// $${ for each ${ that is no secret reference, so that reading the text back does not look for a variable.
std::string escape_variables(std::string_view text);
// "a, b and c"
std::string join(const std::vector<std::string>& parts, std::string_view last);
// What a schema wants: "a mapping", "LATEST or TRIM_HORIZON", "a duration such as 5s".
std::string expectation(const Json& schema);

bool is_measure(const Json& schema);  // of format duration or bytes
bool has_type(const Node& node, std::string_view type);
bool equals(const Node& node, const Json& value);

}  // namespace millrace::config
