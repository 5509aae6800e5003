// Our validator against valijson: on generated schemas and instances both must give the same verdict.
//
// Only what is draft-07 on both sides is generated. Three differences are by design and kept out: units and our x-
// keywords, `integer` for 5.0, and closed objects (additionalProperties is always written).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "runtime/config/json_schema.h"
#include "runtime/config/yaml_reader.h"

namespace millrace::config {
namespace {

using nlohmann::json;
using Random = std::mt19937_64;

template <class T>
const T& pick(Random& random, const std::vector<T>& from) {
  return from[random() % from.size()];
}

json scalar(Random& random) {
  static const std::vector<json> kScalars = {nullptr, true,  false, 0,   1,    -1,    7,   100,
                                             0.5,     -2.25, "",    "a", "ab", "abc", "é", "1"};
  return pick(random, kScalars);
}

json schema(Random& random, int depth) {
  json out = json::object();
  const auto form = random() % (depth > 2 ? 5 : 8);
  auto maybe = [&](const char* keyword, json value) {
    if (random() % 3 == 0) out[keyword] = std::move(value);
  };
  switch (form) {
    case 0:
      out["type"] = "string";
      maybe("minLength", random() % 3);
      maybe("maxLength", random() % 4);
      maybe("pattern", pick<std::string>(random, {"^a", "b$", "^[a-z]+$", "."}));
      break;
    case 1:
    case 2:
      out["type"] = form == 1 ? "integer" : "number";
      maybe("minimum", static_cast<int>(random() % 5) - 2);
      maybe("maximum", static_cast<int>(random() % 5));
      maybe("exclusiveMinimum", static_cast<int>(random() % 3) - 2);
      maybe("exclusiveMaximum", static_cast<int>(random() % 8));
      break;
    case 3:
      out["type"] =
          pick<json>(random, {"boolean", "null", json::array({"string", "null"}), json::array({"boolean", "integer"})});
      break;
    case 4:
      out["enum"] = json::array();
      for (auto n = 1 + random() % 3; n > 0; --n) {
        const json value = scalar(random);
        if (std::find(out["enum"].begin(), out["enum"].end(), value) == out["enum"].end()) out["enum"].push_back(value);
      }
      break;
    case 5:
      out["type"] = "array";
      out["items"] = schema(random, depth + 1);
      maybe("minItems", random() % 3);
      maybe("maxItems", random() % 4);
      maybe("uniqueItems", true);
      break;
    case 6: {
      out["type"] = "object";
      out["properties"] = json::object();
      for (const char* key : {"a", "b", "c"})
        if (random() % 2 == 0) out["properties"][key] = schema(random, depth + 1);
      out["additionalProperties"] = pick<json>(random, {true, false, schema(random, depth + 1)});
      json required = json::array();
      for (const char* key : {"a", "d"})
        if (random() % 3 == 0) required.push_back(key);
      if (!required.empty()) out["required"] = required;
      maybe("minProperties", random() % 3);
      maybe("maxProperties", 1 + random() % 3);
      break;
    }
    default: {
      json forms = json::array();
      for (auto n = 1 + random() % 3; n > 0; --n) forms.push_back(schema(random, depth + 1));
      out[random() % 2 == 0 ? "oneOf" : "anyOf"] = forms;
    }
  }
  return out;
}

// An instance that has a fair chance to fit.
json instance(Random& random, const json& schema, int depth) {
  if (random() % 6 == 0 || depth > 5) return scalar(random);
  if (schema.contains("enum")) return pick(random, schema["enum"].get<std::vector<json>>());
  for (const char* keyword : {"oneOf", "anyOf"})
    if (schema.contains(keyword))
      return instance(random, schema[keyword][random() % schema[keyword].size()], depth + 1);
  if (schema.value("type", json()) == "array") {
    json out = json::array();
    for (auto n = random() % 4; n > 0; --n) out.push_back(instance(random, schema["items"], depth + 1));
    return out;
  }
  if (schema.value("type", json()) == "object") {
    json out = json::object();
    for (const char* key : {"a", "b", "c", "d"}) {
      if (random() % 2 == 0) continue;
      out[key] =
          schema["properties"].contains(key) ? instance(random, schema["properties"][key], depth + 1) : scalar(random);
    }
    return out;
  }
  return scalar(random);
}

bool oracle_accepts(const json& schema_json, const json& value) {
  valijson::Schema schema;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_json);
  parser.populateSchema(schema_adapter, schema);
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::adapters::NlohmannJsonAdapter adapter(value);
  return validator.validate(schema, adapter, nullptr);
}

TEST(JsonSchema, AgreesWithValijsonOnGeneratedSchemasAndInstances) {
  Random random(20261125);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 1'500; ++i) {
    const json schema_json = schema(random, 0);
    const auto ours = JsonSchema::parse(schema_json.dump());
    ASSERT_TRUE(ours.ok()) << schema_json << ours.status().to_string();
    for (int k = 0; k < 8; ++k) {
      const json value = instance(random, schema_json, 0);
      const YamlRead read = read_yaml(value.dump(), "i.yaml", Environment());
      ASSERT_TRUE(read.root) << value;
      const Checked checked = ours.value().check(*read.root, CheckOptions{});
      const bool accepts = checked.diagnostics.empty();
      EXPECT_EQ(accepts, oracle_accepts(schema_json, value))
          << schema_json << "\n"
          << value << "\n"
          << (accepts ? "we accept it" : "we say: " + checked.diagnostics[0].to_string());
      if (accepts) {
        EXPECT_EQ(json::parse(checked.canonical), value) << schema_json;
      }
      ++(accepts ? accepted : refused);
    }
  }
  EXPECT_GT(accepted, 2'000);  // a generator that only makes one verdict proves nothing
  EXPECT_GT(refused, 2'000);
}

}  // namespace
}  // namespace millrace::config
