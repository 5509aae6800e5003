#include "runtime/config/schema_words.h"

#include <algorithm>
#include <cmath>

namespace millrace::config {
namespace {

std::string type_words(std::string_view type) {
  if (type == "object") return "a mapping";
  if (type == "array") return "a list";
  if (type == "string") return "text";
  if (type == "integer") return "a whole number";
  if (type == "number") return "a number";
  if (type == "boolean") return "true or false";
  return "empty";
}

}  // namespace

std::string clip(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return std::string(text);
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string shown(const Node& node) {
  if (!node.is_scalar()) return std::string(describe(node));
  return scalar_type(node) == ScalarType::kString ? "'" + clip(node.text) + "'" : clip(node.text);
}

std::string plain(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

std::string escape_variables(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${") && !text.substr(i).starts_with("${secret:")) out += '$';
    out += text[i];
  }
  return out;
}

std::string number_text(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e15) return std::to_string(static_cast<long long>(value));
  return Json(value).dump();
}

std::string join(const std::vector<std::string>& parts, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " " + std::string(last) + " " : ", ";
    out += parts[i];
  }
  return out;
}

std::string expectation(const Json& schema) {
  if (const auto values = schema.find("enum"); values != schema.end()) {
    std::vector<std::string> names;
    for (const Json& value : *values) names.push_back(plain(value));
    return names.size() == 1 ? names[0] : join(names, "or");
  }
  if (const auto value = schema.find("const"); value != schema.end()) return plain(*value);
  const std::string format = schema.value("format", "");
  if (format == "duration") return "a duration such as 5s";
  if (format == "bytes") return "a size such as 6MiB";
  for (const char* keyword : {"oneOf", "anyOf"}) {
    if (!schema.contains(keyword)) continue;
    std::vector<std::string> forms;
    for (const Json& alternative : schema.at(keyword)) {
      std::string form = expectation(alternative);
      if (std::find(forms.begin(), forms.end(), form) == forms.end()) forms.push_back(std::move(form));
    }
    return join(forms, "or");
  }
  const auto type = schema.find("type");
  if (type == schema.end()) return "a value";
  if (type->is_string()) return type_words(type->get<std::string>());
  std::vector<std::string> words;
  for (const Json& one : *type) words.push_back(type_words(one.get<std::string>()));
  return join(words, "or");
}

bool is_measure(const Json& schema) {
  const auto format = schema.find("format");
  return format != schema.end() && (*format == "duration" || *format == "bytes");
}

bool has_type(const Node& node, std::string_view type) {
  if (node.is_mapping()) return type == "object";
  if (node.is_sequence()) return type == "array";
  switch (scalar_type(node)) {
    case ScalarType::kNull:
      return type == "null";
    case ScalarType::kBoolean:
      return type == "boolean";
    case ScalarType::kInteger:
      return type == "integer" || type == "number";
    case ScalarType::kNumber:
      return type == "number";
    case ScalarType::kString:
      break;
  }
  return type == "string";
}

bool equals(const Node& node, const Json& value) {
  if (!node.is_scalar()) return false;
  switch (scalar_type(node)) {
    case ScalarType::kNull:
      return value.is_null();
    case ScalarType::kBoolean:
      return value.is_boolean() && value.get<bool>() == (node.text[0] == 't' || node.text[0] == 'T');
    case ScalarType::kInteger:
    case ScalarType::kNumber:
      return value.is_number() && to_number(node) == value.get<double>();
    case ScalarType::kString:
      break;
  }
  return value.is_string() && value.get_ref<const std::string&>() == node.text;
}

}  // namespace millrace::config
