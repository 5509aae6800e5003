// The grammar is the Invoke API's, read from left to right so that a message can say which part is wrong.
#include "function_name.h"

#include <algorithm>
#include <millrace/error.hpp>
#include <vector>

namespace millrace::lambda_invoke {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '_';
}

bool is_account(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), is_digit);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t colon = text.find(':', at);
    parts.push_back(text.substr(at, colon - at));
    if (colon == std::string_view::npos) return parts;
    at = colon + 1;
  }
}

[[noreturn]] void fail(const std::string& field, const std::string& message) {
  throw Error(MR_INVALID_ARGUMENT, message, field)
      .id("MR4001")
      .hint(
          "Write a name (orders), a partial ARN (123456789012:function:orders) or a full ARN "
          "(arn:aws:lambda:us-east-1:123456789012:function:orders); a qualifier is a version, an alias or $LATEST.");
}

void check_qualifier(std::string_view qualifier, const std::string& field) {
  std::string_view rest = qualifier;
  if (rest.starts_with('$')) {
    if (rest == "$LATEST" || rest == "$LATEST.PUBLISHED") return;
    fail(field, "'" + std::string(qualifier) + "' is no qualifier: only $LATEST begins with a dollar sign.");
  }
  if (rest.empty() || rest.size() > 128) fail(field, "A qualifier has 1 to 128 characters.");
  if (!std::all_of(rest.begin(), rest.end(), is_word)) {
    fail(field, "'" + std::string(qualifier) + "' is no qualifier: it has letters, digits, '-' and '_' only.");
  }
}

}  // namespace

FunctionName parse_function_name(std::string_view function, std::string_view qualifier) {
  const std::string quoted = "'" + std::string(function) + "'";
  if (function.empty()) fail("/function", "The function's name is empty.");
  if (function.size() > 256) fail("/function", "The function's name is longer than 256 characters.");

  FunctionName result;
  const std::vector<std::string_view> parts = split(function);
  std::size_t name_at = 0;
  if (parts[0] == "arn") {
    if (parts.size() < 7 || parts.size() > 8) {
      fail("/function", quoted + " is no function's ARN: that has 7 parts, or 8 with a qualifier.");
    }
    if (!parts[1].starts_with("aws"))
      fail("/function", quoted + ": partition '" + std::string(parts[1]) + "' is unknown.");
    if (parts[2] != "lambda") {
      fail("/function", quoted + " is an ARN of " + std::string(parts[2]) + ", not of lambda.");
    }
    if (parts[3].empty()) fail("/function", quoted + " has no region.");
    if (!is_account(parts[4])) fail("/function", quoted + ": an account id has 12 digits.");
    if (parts[5] != "function") {
      fail("/function", quoted + " names a " + std::string(parts[5]) + ", not a function.");
    }
    result.region = parts[3];
    name_at = 6;
  } else if (parts.size() >= 3) {
    if (!is_account(parts[0])) fail("/function", quoted + ": a partial ARN begins with an account id of 12 digits.");
    if (parts[1] != "function" || parts.size() > 4) {
      fail("/function", quoted + " is no partial ARN: that is ACCOUNT:function:NAME, with or without a qualifier.");
    }
    name_at = 2;
  } else if (parts.size() == 2 && is_account(parts[0]) && parts[1] == "function") {
    fail("/function", quoted + " ends before the function's name.");
  }

  const std::string_view name = parts[name_at];
  const auto fits = [](char c) { return is_word(c) || c == '.'; };
  if (name.empty() || name.size() > 140 || !std::all_of(name.begin(), name.end(), fits)) {
    fail("/function", quoted + ": a name has letters, digits, '-' and '_' only, and is not empty.");
  }
  if (parts.size() > name_at + 1) {
    check_qualifier(parts[name_at + 1], "/function");
    result.qualifier = parts[name_at + 1];
  }
  if (!qualifier.empty()) {
    check_qualifier(qualifier, "/qualifier");
    if (!result.qualifier.empty() && result.qualifier != qualifier) {
      fail("/qualifier", "The function already ends in the qualifier '" + result.qualifier + "', which is not '" +
                             std::string(qualifier) + "'.");
    }
    result.qualifier = qualifier;
  }
  const std::size_t end = static_cast<std::size_t>(name.data() + name.size() - function.data());
  result.name = function.substr(0, end);
  return result;
}

std::string percent_encode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_word(c) || c == '.' || c == '~') {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
    }
  }
  return result;
}

std::string invocation_path(const FunctionName& function) {
  return "/2015-03-31/functions/" + percent_encode(function.name) + "/invocations";
}

std::string invocation_query(const FunctionName& function) {
  return function.qualifier.empty() ? "" : "Qualifier=" + percent_encode(function.qualifier);
}

}  // namespace millrace::lambda_invoke
