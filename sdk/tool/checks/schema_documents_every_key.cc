#include <nlohmann/json.hpp>

#include "sdk/tool/trial.h"

namespace millrace::sdk_tool {
namespace {

// Pointers of properties without a description, anywhere below.
void undocumented(const nlohmann::json& schema, const std::string& at, std::string& out) {
  if (!schema.is_object()) return;
  if (const auto properties = schema.find("properties"); properties != schema.end() && properties->is_object())
    for (const auto& [name, property] : properties->items()) {
      const bool said = property.is_object() && property.contains("description") &&
                        property["description"].is_string() && property["description"] != "";
      if (!said) out += (out.empty() ? "" : ", ") + at + "/" + name;
      undocumented(property, at + "/" + name, out);
    }
  if (schema.contains("items")) undocumented(schema["items"], at + "/0", out);
  for (const char* word : {"oneOf", "anyOf"})
    if (schema.contains(word) && schema[word].is_array())
      for (const auto& one : schema[word]) undocumented(one, at, out);
}

}  // namespace

Check schema_documents_every_key() {
  return {.group = Group::kDescriptor,
          .says = "Every key of a component's configuration is described, for the reference and for editors.",
          .rule = "plugin.h, mr_component.config_schema; writing-a-plugin.md",
          .remedy = "Give each property of the schema a \"description\".",
          .run = [](Trial& trial) {
            for (const Component& c : trial.components()) {
              if (!c.complete) continue;
              std::string out;
              undocumented(nlohmann::json::parse(c.table.config_schema, nullptr, false), "", out);
              if (!out.empty()) fail(c.label() + ": no description for " + out + ".");
            }
          }};
}

}  // namespace millrace::sdk_tool
