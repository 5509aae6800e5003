#include "runtime/config/regular_expression.h"

#include <regex>

namespace millrace::config {
namespace {

constexpr std::size_t kLongestMatched = 4096;  // std::regex recurses once a character

}  // namespace

std::string why_unusable(const std::string& expression) {
  try {
    const std::regex compiled(expression, std::regex::ECMAScript);
    return "";
  } catch (const std::regex_error& e) {
    return e.what();
  }
}

bool found_in(const std::string& expression, const std::string& text) {
  if (text.size() > kLongestMatched) return false;
  try {
    return std::regex_search(text, std::regex(expression, std::regex::ECMAScript));
  } catch (const std::regex_error&) {
    return false;
  }
}

}  // namespace millrace::config
