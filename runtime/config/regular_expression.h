// The regular expressions of schemas: ECMAScript, unanchored, as JSON Schema has them.
//
// In a file of its own because <regex> costs seconds in every file that sees it and warns under sanitizers.
//
// Thread-safe: pure functions.
#pragma once

#include <string>

namespace millrace::config {

// "" when the expression can be used, else why not.
std::string why_unusable(const std::string& expression);
// Whether it is found anywhere in the text. Texts over 4,096 bytes, and expressions that need too long on one, never
// match.
bool found_in(const std::string& expression, const std::string& text);

}  // namespace millrace::config
