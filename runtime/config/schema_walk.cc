// The part of SchemaWalk that follows the structure: components, alternatives, mappings, lists.
#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/config/did_you_mean.h"
#include "runtime/config/formats.h"
#include "runtime/config/schema_document.h"
#include "runtime/config/schema_words.h"

namespace millrace::config {

Node node_from_json(const Json& json, Place place) {
  Node node;
  node.place = place;
  if (json.is_object() || json.is_array()) {
    node.kind = json.is_object() ? Node::Kind::kMapping : Node::Kind::kSequence;
    for (auto it = json.begin(); it != json.end(); ++it) {
      node.items.push_back(node_from_json(*it, place));
      if (!json.is_object()) continue;
      node.keys.push_back(it.key());
      node.key_places.push_back(place);
    }
    return node;
  }
  node.quoted = json.is_string();
  node.text = plain(json);
  return node;
}

void SchemaWalk::problem(std::string_view id, Place place, const std::string& pointer, const std::string& message,
                         std::string hint) {
  const std::string path = dotted_path(pointer);
  checked_.diagnostics.push_back({std::string(id), Severity::kError, options_.file, place.line, place.column, pointer,
                                  path.empty() ? message : path + ": " + message, std::move(hint)});
}

Value SchemaWalk::check(const Json& schema, const Node& node, const std::string& pointer) {
  if (!filling_in_) checked_.places.emplace_back(pointer, node.place);
  if (const auto from = schema.find("x-from"); from != schema.end()) {
    checked_.diagnostics.push_back({"MR1208", Severity::kError, options_.file, node.place.line, node.place.column,
                                    pointer, "`" + dotted_path(pointer) + "` is not in this version",
                                    "It comes with " + plain(*from) + "; leave it out until then."});
    return {};
  }
  if (schema.contains("x-component")) return check_component(schema, node, pointer);
  if (schema.value("x-verbatim", false)) return check_verbatim(node, pointer);
  if (is_measure(schema)) return check_measure(schema, schema.at("format").get<std::string>(), node, pointer);
  for (const char* keyword : {"oneOf", "anyOf"})
    if (const auto forms = schema.find(keyword); forms != schema.end())
      return check_alternatives(schema, *forms, keyword == std::string_view("oneOf"), node, pointer);
  if (!check_type(schema, node, pointer)) return {};
  if (node.is_mapping()) return check_object(schema, node, pointer);
  if (node.is_sequence()) return check_array(schema, node, pointer);
  if (scalar_type(node) == ScalarType::kString) return check_text(schema, node, pointer);
  return check_scalar(schema, node, pointer);
}

Value SchemaWalk::check_component(const Json& schema, const Node& node, const std::string& pointer) {
  const std::string kind = plain(schema.at("x-component"));
  if (!options_.component) {
    const std::string text = to_verbatim_json(node, nullptr).value_or("null");
    return {text, text};
  }
  Checked checked = options_.component(kind, node, pointer);
  auto move_all = [](auto& from, auto& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  move_all(checked.diagnostics, checked_.diagnostics);
  move_all(checked.secrets, checked_.secrets);
  move_all(checked.places, checked_.places);
  return {std::move(checked.canonical), std::move(checked.display)};
}

Value SchemaWalk::check_verbatim(const Node& node, const std::string& pointer) {
  if (node.is_scalar() && scalar_type(node) == ScalarType::kString) {
    std::string why;
    if (!is_json(node.text, &why)) {
      problem("MR1207", node.place, pointer, "the text is not JSON: " + why,
              "Write a mapping, or JSON in single quotes.");
      return {};
    }
    return {json_quote(node.text), escape_variables(json_quote(node.text))};
  }
  Place bad;
  const auto text = to_verbatim_json(node, &bad);
  if (!text) {
    problem("MR1207", bad, pointer, "JSON has no such number", "Write a finite number.");
    return {};
  }
  return {json_quote(*text), escape_variables(*text)};
}

Value SchemaWalk::check_alternatives(const Json& schema, const Json& alternatives, bool exactly_one, const Node& node,
                                     const std::string& pointer) {
  struct Attempt {
    Value value;
    Checked checked;
    bool is_of_kind;
  };
  std::vector<Attempt> attempts;
  std::vector<std::size_t> good;
  for (const Json& alternative : alternatives) {
    Attempt attempt;
    SchemaWalk walk(options_, attempt.checked);
    walk.filling_in_ = filling_in_;
    attempt.value = walk.check(alternative, node, pointer);
    const Diagnostics& found = attempt.checked.diagnostics;
    attempt.is_of_kind = std::none_of(found.begin(), found.end(),
                                      [&](const Diagnostic& d) { return d.id == "MR1204" && d.pointer == pointer; });
    if (found.empty()) good.push_back(attempts.size());
    attempts.push_back(std::move(attempt));
  }
  if (good.size() > 1 && exactly_one) {
    problem("MR1209", node.place, pointer, "the value fits more than one of the forms it may have", "");
    return {};
  }
  Attempt* chosen = nullptr;
  if (!good.empty()) {
    chosen = &attempts[good[0]];
  } else {
    for (Attempt& attempt : attempts) {
      if (!attempt.is_of_kind) continue;
      if (chosen == nullptr || attempt.checked.diagnostics.size() < chosen->checked.diagnostics.size())
        chosen = &attempt;
    }
  }
  if (chosen == nullptr) {
    problem("MR1209", node.place, pointer, "must be " + expectation(schema) + ", not " + shown(node), "");
    return {};
  }
  for (Diagnostic& d : chosen->checked.diagnostics) checked_.diagnostics.push_back(std::move(d));
  for (SecretUse& s : chosen->checked.secrets) checked_.secrets.push_back(std::move(s));
  for (auto& p : chosen->checked.places) checked_.places.push_back(std::move(p));
  return std::move(chosen->value);
}

bool SchemaWalk::check_type(const Json& schema, const Node& node, const std::string& pointer) {
  const auto type = schema.find("type");
  const bool has_values = schema.contains("enum") || schema.contains("const");
  bool good = true;
  if (type != schema.end()) {
    good = type->is_string() ? has_type(node, type->get<std::string>())
                             : std::any_of(type->begin(), type->end(),
                                           [&](const Json& one) { return has_type(node, one.get<std::string>()); });
  } else if (has_values) {
    good = node.is_scalar();
  }
  if (good) return true;
  const std::string wanted = expectation(schema);
  std::string hint;
  if (node.is_scalar()) {
    if (wanted == "text") hint = "Quote it to make it text.";
    Node unquoted = node;
    unquoted.quoted = false;
    if (node.quoted && type != schema.end() && type->is_string() && has_type(unquoted, type->get<std::string>()))
      hint = "Leave the quotes out.";
  }
  const bool is_empty = node.is_scalar() && scalar_type(node) == ScalarType::kNull;
  problem("MR1204", node.place, pointer,
          is_empty ? "is empty; it must be " + wanted
                   : "must be " + wanted + ", not " + (has_values ? shown(node) : std::string(describe(node))),
          is_empty ? "" : hint);
  return false;
}

Value SchemaWalk::check_array(const Json& schema, const Node& node, const std::string& pointer) {
  static const Json kAnything = Json::object();
  const auto items = schema.find("items");
  const std::size_t count = node.items.size();
  if (const auto least = schema.find("minItems"); least != schema.end() && count < least->get<std::size_t>())
    problem("MR1206", node.place, pointer,
            count == 0 ? "must not be empty"
                       : "has " + std::to_string(count) + " items; it needs at least " + least->dump());
  if (const auto most = schema.find("maxItems"); most != schema.end() && count > most->get<std::size_t>())
    problem("MR1206", node.place, pointer,
            "has " + std::to_string(count) + " items; it can have at most " + most->dump());
  Value value{"[", "["};
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string at = child_pointer(pointer, std::to_string(i));
    const Value item = check(items == schema.end() ? kAnything : *items, node.items[i], at);
    if (schema.value("uniqueItems", false)) {
      const auto same = std::find(seen.begin(), seen.end(), item.canonical);
      if (same != seen.end() && !item.canonical.empty())
        problem("MR1210", node.items[i].place, at,
                shown(node.items[i]) + " stands here and in item " + std::to_string(same - seen.begin()) + " too");
      seen.push_back(item.canonical);
    }
    value.canonical += (i > 0 ? "," : "") + item.canonical;
    value.display += (i > 0 ? "," : "") + item.display;
  }
  return {value.canonical + "]", value.display + "]"};
}

void SchemaWalk::check_keys(const Json& schema, const Node& node, const std::string& pointer) {
  const Json none = Json::object();
  const auto found = schema.find("properties");
  const Json& properties = found == schema.end() ? none : *found;
  const auto additional = schema.find("additionalProperties");
  const bool is_open = additional == schema.end() ? found == schema.end() : *additional != false;
  std::vector<std::string> known;
  for (auto it = properties.begin(); it != properties.end(); ++it) known.push_back(it.key());
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i];
    const auto first = std::find(node.keys.begin(), node.keys.begin() + static_cast<std::ptrdiff_t>(i), key);
    const auto first_index = static_cast<std::size_t>(first - node.keys.begin());
    if (first_index < i) {
      problem("MR1102", node.key_places[i], pointer,
              "duplicate key '" + clip(key) + "', first written in line " +
                  std::to_string(node.key_places[first_index].line),
              "Keep one of the two.");
      continue;
    }
    if (is_open || (key == options_.ignored_key && pointer == options_.pointer) || properties.contains(key)) continue;
    const std::string meant = nearest(key, known);
    problem(
        "MR1201", node.key_places[i], pointer,
        "unknown key '" + clip(key) + "'" + (meant.empty() ? "" : ", did you mean '" + meant + "'?"),
        meant.empty() && !known.empty() && known.size() <= 12 ? "The keys here are " + join(known, "and") + "." : "");
  }
  if (const auto required = schema.find("required"); required != schema.end())
    for (const Json& key : *required)
      if (node.find(key.get<std::string>()) == nullptr)
        problem("MR1202", node.place, pointer, "'" + key.get<std::string>() + "' is missing");
  if (const auto least = schema.find("minProperties");
      least != schema.end() && node.keys.size() < least->get<std::size_t>())
    problem("MR1206", node.place, pointer, "must have at least " + least->dump() + " keys");
  if (const auto most = schema.find("maxProperties");
      most != schema.end() && node.keys.size() > most->get<std::size_t>())
    problem("MR1206", node.place, pointer, "can have at most " + most->dump() + " keys");
}

Value SchemaWalk::check_object(const Json& schema, const Node& node, const std::string& pointer) {
  check_keys(schema, node, pointer);
  Value value{"{", "{"};
  auto append = [&value](const std::string& key, const Value& member) {
    const std::string start = (value.canonical.size() > 1 ? "," : "") + json_quote(key) + ":";
    value.canonical += start + member.canonical;
    value.display += start + member.display;
  };
  const auto properties = schema.find("properties");
  if (properties != schema.end()) {
    for (auto it = properties->begin(); it != properties->end(); ++it) {
      const std::string at = child_pointer(pointer, it.key());
      if (const Node* member = node.find(it.key())) {
        append(it.key(), check(*it, *member, at));
      } else if (it->contains("default") && !it->contains("x-from")) {
        const bool was = std::exchange(filling_in_, true);
        append(it.key(), check(*it, node_from_json(it->at("default"), node.place), at));
        filling_in_ = was;
      }
    }
  }
  static const Json kAnything = Json::object();
  const auto additional = schema.find("additionalProperties");
  const bool is_open = additional == schema.end() ? properties == schema.end() : *additional != false;
  if (!is_open) return {value.canonical + "}", value.display + "}"};
  const Json& other = additional != schema.end() && additional->is_object() ? *additional : kAnything;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i];
    const bool is_taken = (key == options_.ignored_key && pointer == options_.pointer) ||
                          (properties != schema.end() && properties->contains(key)) || node.find(key) != &node.items[i];
    if (!is_taken) append(key, check(other, node.items[i], child_pointer(pointer, key)));
  }
  return {value.canonical + "}", value.display + "}"};
}

}  // namespace millrace::config
