// The implementations of the pattern language under one signature, so that every test of meaning asks all of them.
//
// Pure functions, but for rows(), which reads a file; used by the tests of this folder.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::filter::proof {

struct Judge {
  const char* name;
  // "match", "nomatch", "invalid" (the pattern), "other form", "not UTF-8", "no value" or "too complex". The pattern
  // has `value` on top.
  std::string (*verdict)(std::string_view pattern, std::optional<std::string_view> value);
  bool sees_every_fault;  // of a value that is not JSON
};

const std::vector<Judge>& judges();

// A pattern for a whole event, as EventBridge rules have it, put under `value`. What is no object is left alone.
std::string under_value(const std::string& pattern);

// The rows of a file of testdata/ with a JSON object on each line.
std::vector<nlohmann::json> rows(const std::string& name);

}  // namespace millrace::filter::proof
