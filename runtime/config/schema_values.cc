// The part of SchemaWalk that looks at single values: text, numbers, measures, secrets.
#include <algorithm>
#include <optional>

#include "runtime/config/did_you_mean.h"
#include "runtime/config/formats.h"
#include "runtime/config/regular_expression.h"
#include "runtime/config/schema_document.h"
#include "runtime/config/schema_words.h"
#include "runtime/config/units.h"
#include "runtime/secrets/secret_ref.h"

namespace millrace::config {

void SchemaWalk::check_enum(const Json& schema, const Node& node, const std::string& pointer) {
  if (const auto later = schema.find("x-from-values"); later != schema.end() && node.is_scalar()) {
    if (const auto part = later->find(node.text); part != later->end()) {
      checked_.diagnostics.push_back({"MR1208", Severity::kError, options_.file, node.place.line, node.place.column,
                                      pointer,
                                      "`" + dotted_path(pointer) + ": " + node.text + "` is not in this version",
                                      "It comes with " + plain(*part) + "."});
      return;
    }
  }
  if (const auto value = schema.find("const"); value != schema.end() && !equals(node, *value))
    problem("MR1205", node.place, pointer, shown(node) + " is not " + plain(*value));
  const auto values = schema.find("enum");
  if (values == schema.end()) return;
  if (std::any_of(values->begin(), values->end(), [&](const Json& value) { return equals(node, value); })) return;
  std::vector<std::string> names;
  for (const Json& value : *values) names.push_back(plain(value));
  const std::string meant = nearest(node.text, names);
  problem("MR1205", node.place, pointer, shown(node) + " is not one of " + join(names, "and"),
          meant.empty() ? "" : "Did you mean " + meant + "?");
}

void SchemaWalk::check_bounds(const Json& schema, double value, const std::string& shown_value,
                              const std::string& format, const Node& node, const std::string& pointer) {
  auto bound = [&](const char* keyword) -> std::optional<double> {
    const auto found = schema.find(keyword);
    if (found == schema.end()) return std::nullopt;
    return found->get<double>();
  };
  auto words = [&](double limit) {
    if (format == "duration") return format_duration_ms(static_cast<std::int64_t>(limit));
    if (format == "bytes") return format_bytes(static_cast<std::int64_t>(limit));
    return number_text(limit);
  };
  auto refuse = [&](const std::string& why) { problem("MR1203", node.place, pointer, shown_value + " is " + why); };
  if (const auto limit = bound("minimum"); limit && value < *limit) refuse("below the minimum " + words(*limit));
  if (const auto limit = bound("maximum"); limit && value > *limit) refuse("above the maximum " + words(*limit));
  if (const auto limit = bound("exclusiveMinimum"); limit && value <= *limit) refuse("not above " + words(*limit));
  if (const auto limit = bound("exclusiveMaximum"); limit && value >= *limit) refuse("not below " + words(*limit));
}

Value SchemaWalk::check_measure(const Json& schema, const std::string& format, const Node& node,
                                const std::string& pointer) {
  const bool is_duration = format == "duration";
  const auto whole = node.is_scalar() ? to_integer(node) : std::nullopt;
  if (whole && *whole != 0) {
    problem("MR1207", node.place, pointer, node.text + " has no unit",
            is_duration ? "Write " + node.text + "s or " + node.text + "ms."
                        : "Write " + node.text + "B or " + node.text + "KiB.");
    return {};
  }
  if (!whole && (!node.is_scalar() || scalar_type(node) != ScalarType::kString)) {
    const bool is_empty = node.is_scalar() && scalar_type(node) == ScalarType::kNull;
    problem("MR1204", node.place, pointer,
            is_empty ? "is empty; it must be " + expectation(schema)
                     : "must be " + expectation(schema) + ", not " + std::string(describe(node)));
    return {};
  }
  const std::string text = whole ? "0" : node.text;
  const auto value = is_duration ? parse_duration_ms(text) : parse_bytes(text);
  if (!value) {
    problem("MR1207", node.place, pointer, shown(node) + (is_duration ? " is not a duration" : " is not a size"),
            is_duration ? "Write a number with ms, s, m, h or d, such as 500ms or 5m."
                        : "Write a number with B, KiB, MiB or GiB, such as 6MiB.");
    return {};
  }
  check_bounds(schema, static_cast<double>(*value), text, format, node, pointer);
  return {std::to_string(*value), json_quote(text != "0" ? text : is_duration ? "0s" : "0B")};
}

bool SchemaWalk::check_secret(const Json& schema, const Node& node, const std::string& pointer) {
  const bool holds_reference = node.text.find("${secret:") != std::string::npos;
  const auto marked = schema.find("x-secret");
  if (marked == schema.end() || *marked == false) {
    if (!holds_reference) return true;
    problem("MR1409", node.place, pointer, "a secret reference cannot stand here",
            "Only the fields that the reference calls secret resolve one.");
    return false;
  }
  if (*marked == "allowed" && !holds_reference) return true;
  if (node.text.empty() && schema.contains("default") && schema.at("default") == "") return true;
  const auto parsed = secrets::parse_secret_ref(node.text);
  if (parsed.ok()) {
    if (!filling_in_) checked_.secrets.push_back({node.text, pointer, node.place});
    return true;
  }
  std::string message(parsed.status().message());
  if (message.ends_with('.')) message.pop_back();
  problem(parsed.status().id(), node.place, pointer, message, std::string(parsed.status().hint()));
  return false;
}

Value SchemaWalk::check_text(const Json& schema, const Node& node, const std::string& pointer) {
  const Value value{json_quote(node.text), escape_variables(json_quote(node.text))};
  if (!check_secret(schema, node, pointer)) return value;
  if (schema.contains("x-secret") && schema.at("x-secret") == true)
    return value;  // its form is all that can be checked
  check_enum(schema, node, pointer);
  const std::size_t length = count_characters(node.text);
  if (const auto least = schema.find("minLength"); least != schema.end() && length < least->get<std::size_t>())
    problem(
        "MR1206", node.place, pointer,
        node.text.empty() ? "must not be empty" : shown(node) + " is shorter than " + least->dump() + " characters");
  if (const auto most = schema.find("maxLength"); most != schema.end() && length > most->get<std::size_t>())
    problem("MR1206", node.place, pointer, shown(node) + " is longer than " + most->dump() + " characters");
  if (const auto pattern = schema.find("pattern"); pattern != schema.end()) {
    const bool matches = found_in(pattern->get<std::string>(), node.text);
    const auto words = schema.find("x-pattern-words");
    if (!matches)
      problem(
          "MR1207", node.place, pointer,
          shown(node) + (words != schema.end() ? " is not " + plain(*words) : " does not match " + plain(*pattern)));
  }
  const std::string format = schema.value("format", "");
  const bool may_be_empty = node.text.empty() && schema.contains("default") && schema.at("default") == "";
  if (may_be_empty) return value;
  if (format == "timestamp" && !parse_timestamp_ms(node.text))
    problem("MR1207", node.place, pointer, shown(node) + " is not a time",
            "Write it as RFC 3339 has it, such as 2026-01-31T00:00:00Z.");
  if (format == "host_port" && !is_host_port(node.text))
    problem("MR1207", node.place, pointer, shown(node) + " is not host:port",
            "Write broker-1:9092, 10.0.0.1:9092 or [::1]:9092.");
  if (format == "uri" && !is_uri(node.text))
    problem("MR1207", node.place, pointer, shown(node) + " is not an address such as http://localhost:9001");
  return value;
}

Value SchemaWalk::check_scalar(const Json& schema, const Node& node, const std::string& pointer) {
  check_enum(schema, node, pointer);
  const ScalarType type = scalar_type(node);
  if (type == ScalarType::kNull) return {"null", "null"};
  if (type == ScalarType::kBoolean) {
    const std::string text = node.text[0] == 't' || node.text[0] == 'T' ? "true" : "false";
    return {text, text};
  }
  const auto number = to_json_number(node);
  if (!number || (type == ScalarType::kInteger && !to_integer(node))) {
    problem("MR1203", node.place, pointer, clip(node.text) + " is out of range");
    return {};
  }
  check_bounds(schema, *to_number(node), clip(node.text), "", node, pointer);
  return {*number, *number};
}

}  // namespace millrace::config
