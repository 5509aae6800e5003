// The parsed form of a schema, shared by json_schema.cc (which proves it usable) and schema_walk.cc (which applies it).
//
// Private to this folder: the JSON library stays out of the public headers.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/config/json_schema.h"

namespace millrace::config {

using Json = nlohmann::ordered_json;

struct JsonSchema::Document {
  Json root;
};

struct Value {  // one checked value as JSON text
  std::string canonical;
  std::string display;
};

// Checks one node against one schema and everything below both.
class SchemaWalk {
 public:
  SchemaWalk(const CheckOptions& options, Checked& checked) : options_(options), checked_(checked) {}

  Value check(const Json& schema, const Node& node, const std::string& pointer);

 private:
  Value check_verbatim(const Node& node, const std::string& pointer);
  Value check_component(const Json& schema, const Node& node, const std::string& pointer);
  Value check_alternatives(const Json& schema, const Json& alternatives, bool exactly_one, const Node& node,
                           const std::string& pointer);
  Value check_object(const Json& schema, const Node& node, const std::string& pointer);
  Value check_array(const Json& schema, const Node& node, const std::string& pointer);
  Value check_text(const Json& schema, const Node& node, const std::string& pointer);
  Value check_measure(const Json& schema, const std::string& format, const Node& node, const std::string& pointer);
  Value check_scalar(const Json& schema, const Node& node, const std::string& pointer);

  bool check_type(const Json& schema, const Node& node, const std::string& pointer);
  void check_enum(const Json& schema, const Node& node, const std::string& pointer);
  void check_bounds(const Json& schema, double value, const std::string& shown, const std::string& format,
                    const Node& node, const std::string& pointer);
  bool check_secret(const Json& schema, const Node& node, const std::string& pointer);
  void check_keys(const Json& schema, const Node& node, const std::string& pointer);

  void problem(std::string_view id, Place place, const std::string& pointer, const std::string& message,
               std::string hint = {});

  const CheckOptions& options_;
  Checked& checked_;
  bool filling_in_ = false;  // inside a default: nothing of it stands in the file
};

Node node_from_json(const Json& json, Place place);

}  // namespace millrace::config
