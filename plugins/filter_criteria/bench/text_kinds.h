// The same events in other spellings: what text that is not plain ASCII costs.
//
// Made from parcels (make_data.py), so that the rules of the sets match as before. Used by filter_bench.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

struct TextKind {
  std::string name;  // without white space
  std::vector<std::string> events;
};

// Umlauts in two members; a note of 180 Chinese characters, and the same as \u escapes; one half of the event as JSON
// in a string; indented.
std::vector<TextKind> text_kinds(const std::vector<std::string_view>& parcels);
