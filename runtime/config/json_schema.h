// JSON Schema over a configuration file: says everything that is wrong, where, and in an operator's words.
//
// A documented subset of draft-07, checked against the Node tree so that each problem has its line and column:
//   type (one or several), enum, const, properties, required, additionalProperties (false or a schema), minProperties,
//   maxProperties, items (one schema), minItems, maxItems, uniqueItems, minimum, maximum, exclusiveMinimum,
//   exclusiveMaximum, minLength, maxLength, pattern, oneOf, anyOf, default, format; title, description, examples,
//   $schema, $id, $comment are read by people. Any other keyword makes the schema itself invalid, so that nobody
//   believes in a check that does not happen. Unlike draft-07, 5.0 is no integer, and an object with `properties`
//   refuses other keys unless additionalProperties says otherwise.
// Formats: duration ("500ms", given on as whole milliseconds), bytes ("6MiB", given on as whole bytes); minimum and
//   maximum of both are numbers in that unit. timestamp (RFC 3339), host_port ("b1:9092", "[::1]:9092") and uri stay
//   text.
// Our own keywords:
//   x-verbatim: true        the value's JSON text is given on as a string: key order, duplicate keys and the spelling
//   of
//                           numbers survive. A value that is text already must itself be JSON.
//   x-secret: true          a `${secret:...}` reference, given on as it is; "" too where that is the default.
//   x-secret: "allowed"     plain text or a reference.
//   x-from: "PART"          the field is refused as not in this version; its default is not filled in.
//   x-from-values: {v: "PART"}   the same for some values of an enum.
//   x-component: "KIND"     a component with its `type`; the caller's hook checks it (pipeline_spec.cc).
//
// The answer is canonical JSON with every default filled in, in the order of the schema. Thread-safe once parsed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/diagnostic.h"
#include "runtime/base/result.h"
#include "runtime/config/node.h"

namespace millrace::config {

struct SecretUse {
  std::string text;  // "${secret:file:kafka.json}"
  std::string pointer;
  Place place;
};

// What a check hands on. The JSON texts mean something only when `diagnostics` has no error.
struct Checked {
  std::string canonical;  // for programs: durations in milliseconds, sizes in bytes
  std::string display;    // for people: units as they were written
  Diagnostics diagnostics;
  std::vector<SecretUse> secrets;
  std::vector<std::pair<std::string, Place>> places;  // JSON pointer of each value that was written
};

struct CheckOptions {
  std::string file;              // what messages call it
  std::string pointer;           // where the node stands in the file: "/source"
  std::string_view ignored_key;  // a key of the node itself that somebody else has checked: "type"
  // For x-component: checks `node`, which stands at `pointer`.
  std::function<Checked(std::string_view kind, const Node& node, const std::string& pointer)> component;
};

class JsonSchema {
 public:
  // Fails (MR1211) when the text is no JSON, uses a keyword outside the subset, or has a default that breaks its own
  // rules.
  static Result<JsonSchema> parse(std::string_view text);

  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  ~JsonSchema();

  Checked check(const Node& node, const CheckOptions& options) const;

 private:
  struct Document;
  explicit JsonSchema(std::unique_ptr<const Document> document);
  std::unique_ptr<const Document> document_;
};

// "filters[0].rate" for "/filters/0/rate".
std::string dotted_path(std::string_view pointer);
// Sorts by place and keeps the order of what stands at the same one.
void sort_by_place(Diagnostics& diagnostics);

}  // namespace millrace::config
