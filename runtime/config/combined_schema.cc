// The frame joined with the components' schemas: what `millrace schema` prints for editors.
#include <nlohmann/json.hpp>

#include "runtime/config/pipeline_spec.h"

namespace millrace::config {
namespace {

using Json = nlohmann::ordered_json;

// Editors know draft-07, not us: our own keywords become what they understand, and a field of a later version is gone.
void translate(Json& schema) {
  if (!schema.is_object()) return;
  if (schema.contains("format") && (schema["format"] == "duration" || schema["format"] == "bytes")) {
    const bool is_duration = schema["format"] == "duration";
    for (const char* keyword : {"format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
      schema.erase(keyword);
    schema["type"] = Json::array({"string", "integer"});
    schema["pattern"] =
        is_duration ? "^(0|[0-9]+(\\.[0-9]+)?(ms|s|m|h|d))$" : "^(0|[0-9]+(\\.[0-9]+)?(B|KiB|MiB|GiB|KB|MB|GB))$";
    schema["maximum"] = 0;
    schema["minimum"] = 0;
  } else if (schema.contains("format")) {
    schema.erase("format");
  }
  if (schema.contains("pattern"))  // a variable stands for a value that fits
    schema["pattern"] = "(?:" + schema["pattern"].get<std::string>() + ")|\\$\\{";
  for (const char* keyword : {"items", "additionalProperties"})
    if (schema.contains(keyword)) translate(schema[keyword]);
  for (const char* keyword : {"oneOf", "anyOf"})
    if (schema.contains(keyword))
      for (Json& alternative : schema[keyword]) translate(alternative);
  if (schema.contains("properties")) {
    Json kept = Json::object();
    for (auto it = schema["properties"].begin(); it != schema["properties"].end(); ++it) {
      if (it->contains("x-from")) continue;
      translate(*it);
      kept[it.key()] = *it;
    }
    schema["properties"] = kept;
    if (!schema.contains("additionalProperties")) schema["additionalProperties"] = false;
  }
  for (const char* keyword :
       {"x-verbatim", "x-secret", "x-from-values", "x-component", "x-ref", "x-pattern-words", "x-from"})
    schema.erase(keyword);
}

Json any_component(ComponentKind kind, const ComponentSchemas& schemas) {
  Json forms = Json::array();
  for (const std::string& type : schemas.types(kind)) {
    const std::string* text = schemas.schema(kind, type);
    Json component = text == nullptr ? Json() : Json::parse(*text, nullptr, false);
    if (!component.is_object()) continue;
    component.erase("$schema");
    component.erase("$id");
    Json properties = Json::object();
    properties["type"] = {{"const", type}};
    if (component.contains("properties")) properties.update(component["properties"]);
    component["properties"] = properties;
    Json required = Json::array({"type"});
    if (component.contains("required"))
      for (const Json& key : component["required"]) required.push_back(key);
    component["required"] = required;
    forms.push_back(component);
  }
  if (forms.empty()) return Json{{"type", "object"}, {"required", Json::array({"type"})}};
  return Json{{"oneOf", forms}};
}

// Puts the components' forms where the frame says x-component.
void join(Json& schema, const ComponentSchemas& schemas) {
  if (!schema.is_object()) return;
  if (schema.contains("x-component")) {
    for (std::uint32_t i = 1; i <= 5; ++i) {
      const auto kind = static_cast<ComponentKind>(i);
      if (schema["x-component"] != std::string(to_string(kind))) continue;
      Json joined = any_component(kind, schemas);
      if (schema.contains("description")) joined["description"] = schema["description"];
      schema = joined;
      return;
    }
  }
  if (schema.contains("properties"))
    for (Json& property : schema["properties"]) join(property, schemas);
  if (schema.contains("items")) join(schema["items"], schemas);
}

}  // namespace

std::string combined_schema(const ComponentSchemas& schemas) {
  Json schema = Json::parse(frame_schema());
  join(schema, schemas);  // first: translate() drops x-component
  translate(schema);
  return schema.dump(2) + "\n";
}

}  // namespace millrace::config
