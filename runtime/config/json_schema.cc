#include "runtime/config/json_schema.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/config/regular_expression.h"
#include "runtime/config/schema_document.h"

namespace millrace::config {
namespace {

// Why a schema cannot be used; thrown while it is proved and caught in parse().
struct Unusable {
  std::string where, why;
};

enum class Wants {
  kAnything,
  kText,
  kTexts,
  kNumber,
  kCount,
  kBoolean,
  kSchema,
  kSchemas,
  kSchemaMap,
  kTypes,
  kScalars,
  kMapping
};

struct Keyword {
  std::string_view name;
  Wants wants;
};

constexpr std::array kKeywords = {
    Keyword{"type", Wants::kTypes},
    Keyword{"enum", Wants::kScalars},
    Keyword{"const", Wants::kAnything},
    Keyword{"properties", Wants::kSchemaMap},
    Keyword{"required", Wants::kTexts},
    Keyword{"additionalProperties", Wants::kAnything},  // a boolean or a schema
    Keyword{"minProperties", Wants::kCount},
    Keyword{"maxProperties", Wants::kCount},
    Keyword{"items", Wants::kSchema},
    Keyword{"minItems", Wants::kCount},
    Keyword{"maxItems", Wants::kCount},
    Keyword{"uniqueItems", Wants::kBoolean},
    Keyword{"minimum", Wants::kNumber},
    Keyword{"maximum", Wants::kNumber},
    Keyword{"exclusiveMinimum", Wants::kNumber},
    Keyword{"exclusiveMaximum", Wants::kNumber},
    Keyword{"minLength", Wants::kCount},
    Keyword{"maxLength", Wants::kCount},
    Keyword{"pattern", Wants::kText},
    Keyword{"oneOf", Wants::kSchemas},
    Keyword{"anyOf", Wants::kSchemas},
    Keyword{"default", Wants::kAnything},
    Keyword{"format", Wants::kText},
    Keyword{"title", Wants::kText},
    Keyword{"description", Wants::kText},
    Keyword{"examples", Wants::kAnything},
    Keyword{"$schema", Wants::kText},
    Keyword{"$id", Wants::kText},
    Keyword{"$comment", Wants::kText},
    Keyword{"x-verbatim", Wants::kBoolean},
    Keyword{"x-secret", Wants::kAnything},
    Keyword{"x-from", Wants::kText},
    Keyword{"x-from-values", Wants::kMapping},
    Keyword{"x-component", Wants::kText},
    Keyword{"x-ref", Wants::kText},
    Keyword{"x-pattern-words", Wants::kText},
};

constexpr std::array<std::string_view, 7> kTypes = {"object", "array",   "string", "integer",
                                                    "number", "boolean", "null"};
constexpr std::array<std::string_view, 5> kFormats = {"duration", "bytes", "timestamp", "host_port", "uri"};

template <class Names>
void need_one_of(const Json& value, const Names& names, const std::string& where) {
  if (!value.is_string() || std::find(names.begin(), names.end(), value.get<std::string>()) == names.end())
    throw Unusable{where, value.dump() + " is not supported"};
}

void need(bool good, const std::string& where, const std::string& why) {
  if (!good) throw Unusable{where, why};
}

void prove(const Json& schema, const std::string& where);

void prove_keyword(const Keyword& keyword, const Json& value, const std::string& where) {
  switch (keyword.wants) {
    case Wants::kAnything:
      return;
    case Wants::kText:
      return need(value.is_string(), where, "must be text");
    case Wants::kBoolean:
      return need(value.is_boolean(), where, "must be true or false");
    case Wants::kNumber:
      return need(value.is_number(), where, "must be a number");
    case Wants::kCount:
      return need(value.is_number_unsigned(), where, "must be a whole number from 0");
    case Wants::kMapping:
      return need(value.is_object(), where, "must be an object");
    case Wants::kSchema:
      return prove(value, where);
    case Wants::kTexts:
      need(value.is_array(), where, "must be a list of texts");
      for (const Json& one : value) need(one.is_string(), where, "must be a list of texts");
      return;
    case Wants::kScalars:
      need(value.is_array() && !value.empty(), where, "must be a list of values");
      for (const Json& one : value)
        need(one.is_primitive(), where, "can hold only texts, numbers, true, false and null");
      return;
    case Wants::kTypes:
      if (!value.is_array()) return need_one_of(value, kTypes, where);
      for (const Json& one : value) need_one_of(one, kTypes, where);
      return;
    case Wants::kSchemas:
      need(value.is_array() && !value.empty(), where, "must be a list of schemas");
      for (std::size_t i = 0; i < value.size(); ++i) prove(value[i], where + "/" + std::to_string(i));
      return;
    case Wants::kSchemaMap:
      need(value.is_object(), where, "must be an object of schemas");
      for (auto it = value.begin(); it != value.end(); ++it) prove(*it, child_pointer(where, it.key()));
      return;
  }
}

void prove_default(const Json& schema, const std::string& where) {
  CheckOptions options;
  Checked checked;
  SchemaWalk(options, checked).check(schema, node_from_json(schema.at("default"), {}), "");
  if (has_errors(checked.diagnostics)) throw Unusable{where + "/default", checked.diagnostics.front().message};
}

void prove(const Json& schema, const std::string& where) {
  need(schema.is_object(), where, "must be an object");
  for (auto it = schema.begin(); it != schema.end(); ++it) {
    const auto known =
        std::find_if(kKeywords.begin(), kKeywords.end(), [&](const Keyword& k) { return k.name == it.key(); });
    const std::string at = child_pointer(where, it.key());
    need(known != kKeywords.end(), at, "is not a keyword that the host checks");
    prove_keyword(*known, *it, at);
  }
  if (const auto format = schema.find("format"); format != schema.end())
    need_one_of(*format, kFormats, where + "/format");
  if (const auto secret = schema.find("x-secret"); secret != schema.end())
    need(secret->is_boolean() || *secret == "allowed", where + "/x-secret", "must be true, false or \"allowed\"");
  if (const auto additional = schema.find("additionalProperties");
      additional != schema.end() && !additional->is_boolean())
    prove(*additional, where + "/additionalProperties");
  if (const auto pattern = schema.find("pattern"); pattern != schema.end()) {
    if (const std::string why = why_unusable(pattern->get<std::string>()); !why.empty())
      throw Unusable{where + "/pattern", why};
  }
  if (schema.contains("default") && !schema.contains("x-from")) prove_default(schema, where);
}

}  // namespace

JsonSchema::JsonSchema(std::unique_ptr<const Document> document) : document_(std::move(document)) {}
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;
JsonSchema::~JsonSchema() = default;

Result<JsonSchema> JsonSchema::parse(std::string_view text) {
  const auto unusable = [](const std::string& message) {
    return Status(Code::kInvalidArgument, "MR1211", message, "This is a fault of the schema's author.");
  };
  auto document = std::make_unique<Document>();
  try {
    document->root = Json::parse(text);
    prove(document->root, "");
  } catch (const nlohmann::json::exception& e) {
    return unusable(std::string("the schema is not JSON: ") + e.what());
  } catch (const Unusable& e) {
    return unusable("the schema cannot be used: " + (e.where.empty() ? "it" : e.where) + " " + e.why);
  }
  return JsonSchema(std::move(document));
}

Checked JsonSchema::check(const Node& node, const CheckOptions& options) const {
  Checked checked;
  Value value = SchemaWalk(options, checked).check(document_->root, node, options.pointer);
  checked.canonical = std::move(value.canonical);
  checked.display = std::move(value.display);
  sort_by_place(checked.diagnostics);
  return checked;
}

std::string dotted_path(std::string_view pointer) {
  std::string out;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    std::string_view part = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(part.size());
    if (!part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      out += "[" + std::string(part) + "]";
      continue;
    }
    if (!out.empty()) out += '.';
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '~' && i + 1 < part.size()) {
        out += part[++i] == '0' ? '~' : '/';
      } else {
        out += part[i];
      }
    }
  }
  return out;
}

void sort_by_place(Diagnostics& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
}

}  // namespace millrace::config
