#include "sdk/tool/configuration.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/config/json_schema.h"
#include "runtime/config/yaml_reader.h"

namespace millrace::sdk_tool {
namespace {

using Json = nlohmann::ordered_json;

// Makes a value for a schema: with a source of chance any value, without one the smallest.
class Maker {
 public:
  explicit Maker(Random* random) : random_(random) {}

  Json value(const Json& schema) {
    if (!schema.is_object()) return "check";
    if (const auto it = schema.find("const"); it != schema.end()) return *it;
    if (const auto it = schema.find("enum"); it != schema.end() && !it->empty()) return choose(*it);
    if (const auto it = schema.find("x-secret"); it != schema.end() && *it == true) return "${secret:file:check.json}";
    if (const auto it = schema.find("examples");
        it != schema.end() && it->is_array() && !it->empty() && (!random_ || chance(3)))
      return choose(*it);
    if (!random_ && schema.contains("default")) return schema["default"];
    for (const char* word : {"oneOf", "anyOf"})
      if (const auto it = schema.find(word); it != schema.end() && it->is_array() && !it->empty())
        return value(choose(*it));
    if (schema.contains("x-verbatim")) return Json::object();
    std::string type = "object";
    if (const auto it = schema.find("type"); it != schema.end())
      type = it->is_array() ? choose(*it).get<std::string>() : it->get<std::string>();
    else if (!schema.contains("properties"))
      type = "string";
    if (type == "object") return object(schema);
    if (type == "array") return array(schema);
    if (type == "boolean") return random_ != nullptr && chance(2);
    if (type == "null") return nullptr;
    if (type == "string") return text(schema);
    return number(schema, type == "integer");
  }

 private:
  bool chance(unsigned of) { return (*random_)() % of == 0; }
  const Json& choose(const Json& list) { return list[random_ ? (*random_)() % list.size() : 0]; }

  Json object(const Json& schema) {
    Json out = Json::object();
    const auto properties = schema.find("properties");
    if (properties == schema.end()) return out;
    for (const auto& [name, property] : properties->items()) {
      const auto required = schema.find("required");
      const bool must =
          required != schema.end() && std::find(required->begin(), required->end(), name) != required->end();
      if (!property.is_object() || property.contains("x-from") || property.contains("x-from-values")) continue;
      if (must || (random_ && chance(2))) out[name] = value(property);
    }
    return out;
  }
  Json array(const Json& schema) {
    std::size_t size = schema.value("minItems", std::size_t{0});
    if (random_) size += (*random_)() % 4;
    Json out = Json::array();
    for (std::size_t i = 0; i < size; ++i)
      out.push_back(schema.contains("items") ? value(schema["items"]) : Json("check"));
    return out;
  }
  Json number(const Json& schema, bool whole) {
    double low = schema.value("minimum", schema.value("exclusiveMinimum", -1.0) + 1.0);
    double high = schema.value("maximum", schema.value("exclusiveMaximum", low + 1'000.0));
    if (!schema.contains("minimum") && !schema.contains("exclusiveMinimum")) low = std::min(0.0, high);
    if (!random_)
      return whole ? Json(static_cast<std::int64_t>(low < 1 && high >= 1 ? 1 : low))
                   : Json(low < 1 && high >= 1 ? 1.0 : low);
    const double at = std::uniform_real_distribution<double>(low, high)(*random_);
    const double edge = chance(4) ? low : chance(4) ? high : at;
    return whole ? Json(static_cast<std::int64_t>(edge)) : Json(edge);
  }
  Json text(const Json& schema) {
    const std::string format = schema.value("format", "");
    const auto small = [&] { return std::to_string(random_ ? 1 + (*random_)() % 50 : 1); };
    if (format == "duration") return small() + "s";
    if (format == "bytes") return small() + "KiB";
    if (format == "timestamp") return "2026-01-31T00:00:00Z";
    if (format == "host_port") return "127.0.0.1:9";
    if (format == "uri") return "http://127.0.0.1:9/";
    static const char* const kTexts[] = {"check", "a",          "",   "%s%n", "two words", "gr\u00fc\u00dfe \u20ac",
                                         "'\"\\", "line\nline", "{}", "0"};
    std::string out = random_ ? kTexts[(*random_)() % std::size(kTexts)] : "check";
    if (random_ && chance(8)) out.assign(300, 'x');
    while (out.size() < schema.value("minLength", std::size_t{0})) out += 'x';
    return out.substr(0, schema.value("maxLength", std::size_t{100'000}));
  }

  Random* random_;
};

Json parse(const std::string& text) {
  return Json::parse(text, nullptr, false);
}

}  // namespace

std::optional<std::string> canonical(const std::string& schema, const std::string& text, std::string* problem) {
  auto parsed = config::JsonSchema::parse(schema);
  if (!parsed.ok()) {
    if (problem) *problem = parsed.status().to_string();
    return std::nullopt;
  }
  config::YamlRead read = config::read_yaml(text, "", nullptr);
  Diagnostics diagnostics = read.diagnostics;
  if (read.root) {
    config::Checked checked =
        parsed.value().check(*read.root, {.file = "", .pointer = "", .ignored_key = "type", .component = nullptr});
    if (!has_errors(checked.diagnostics)) return checked.canonical;
    diagnostics = checked.diagnostics;
  }
  if (problem) *problem = diagnostics.empty() ? "it is empty" : diagnostics.front().message;
  return std::nullopt;
}

std::vector<std::string> examples(const std::string& schema) {
  std::vector<std::string> out;
  const Json parsed = parse(schema);
  if (parsed.is_object() && parsed.contains("examples") && parsed["examples"].is_array())
    for (const Json& one : parsed["examples"]) out.push_back(one.dump());
  return out;
}

std::optional<std::string> smallest(const std::string& schema, std::string* problem) {
  const Json parsed = parse(schema);
  if (!parsed.is_object()) {
    if (problem) *problem = "its schema is not JSON";
    return std::nullopt;
  }
  return canonical(schema, Maker(nullptr).value(parsed).dump(), problem);
}

std::optional<std::string> any(const std::string& schema, Random& random) {
  Json parsed = parse(schema);
  if (!parsed.is_object()) return std::nullopt;
  parsed.erase("examples");
  for (int attempt = 0; attempt < 20; ++attempt)
    if (auto made = canonical(schema, Maker(&random).value(parsed).dump(), nullptr)) return made;
  return std::nullopt;
}

std::vector<std::string> refused(const std::string& schema) {
  std::vector<std::string> out = {"{}", "null", "[]", "7", "\"text\"", R"({"": {}})"};
  const Json parsed = parse(schema);
  if (!parsed.is_object() || !parsed.contains("properties")) return out;
  const Json good = parse(smallest(schema, nullptr).value_or("{}"));
  for (const auto& [name, property] : parsed["properties"].items())
    for (const Json& wrong : {Json(nullptr), Json(-1e300), Json("\xc3\xa9\n"), Json(Json::array({Json::object()})),
                              Json(Json::object()), Json(true)}) {
      Json config = good;
      config[name] = wrong;
      out.push_back(config.dump());
    }
  return out;
}

std::optional<std::string> fields_in(const std::string& text, const std::string& type, std::string* problem) {
  const config::YamlRead read = config::read_yaml(text, "", nullptr);
  if (!read.root) {
    *problem = read.diagnostics.empty() ? "it is empty" : read.diagnostics.front().to_string();
    return std::nullopt;
  }
  const auto is_for = [&](const config::Node& node) {
    const config::Node* named = node.find("type");
    return named == nullptr || named->text == type;
  };
  const config::Node& root = *read.root;
  if (root.is_mapping() && is_for(root)) return config::to_verbatim_json(root, nullptr);
  if (root.is_sequence())
    for (const config::Node& item : root.items)
      if (item.is_mapping() && is_for(item)) return config::to_verbatim_json(item, nullptr);
  *problem = "it has no mapping with `type: " + type + "`";
  return std::nullopt;
}

}  // namespace millrace::sdk_tool
