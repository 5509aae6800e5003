// The inside of a JSON string from bytes that nobody checked: topic names, header names, attributes.
//
// The result is always valid UTF-8 and valid JSON: what JSON escapes is escaped, each maximal part of an invalid UTF-8
// sequence becomes one U+FFFD, so two different inputs may give the same text but no input breaks the event.
//
// Thread-safe: pure functions.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::lambda_event {

// No byte of input becomes more than six.
constexpr std::size_t kMostJsonBytesPerByte = 6;

// How many bytes write_json_text() writes.
std::size_t json_text_size(std::string_view text);

// Without the quotes; writes json_text_size(text) bytes and returns the place behind them.
char* write_json_text(char* out, std::string_view text);

// For set-up code.
std::string json_text(std::string_view text);

}  // namespace millrace::lambda_event
