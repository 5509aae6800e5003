#include "runtime/config/pipeline_spec.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/config/json_schema.h"
#include "runtime/config/yaml_reader.h"

namespace millrace::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kKindNames = {"", "source", "auth", "filter", "encoder", "sink"};

std::optional<ComponentKind> kind_named(std::string_view name) {
  for (std::uint32_t i = 1; i < kKindNames.size(); ++i)
    if (kKindNames[i] == name) return static_cast<ComponentKind>(i);
  return std::nullopt;
}

// Component types that the design has and this version does not, so that naming one is not called a typing error.
struct Later {
  ComponentKind kind;
  std::string_view type, part;
};
constexpr std::array kLater = {Later{ComponentKind::kAuth, "sasl_plain", "access"},
                               Later{ComponentKind::kAuth, "mtls", "access"},
                               Later{ComponentKind::kAuth, "vpc", "access"}};

const JsonSchema& frame() {
  static const JsonSchema schema = [] {
    Result<JsonSchema> parsed = JsonSchema::parse(frame_schema());
    return std::move(parsed).value();  // embedded and tested: aborts only in a broken build
  }();
  return schema;
}

// Loads one file: reads it, checks it, and turns the checked JSON into the values of PipelineSpec.
class Loader {
 public:
  Loader(const std::string& file, const ComponentSchemas& schemas) : file_(file), schemas_(schemas) {}

  PipelineLoad load(const Node& root) {
    CheckOptions options;
    options.file = file_;
    options.component = [this](std::string_view kind, const Node& node, const std::string& pointer) {
      return check_component(kind, node, pointer);
    };
    checked_ = frame().check(root, options);
    PipelineLoad out;
    out.diagnostics = std::move(checked_.diagnostics);
    diagnostics_ = &out.diagnostics;
    check_auth(root);
    PipelineSpec spec;
    if (!has_errors(out.diagnostics)) {
      fill(spec);
      check_backoff(spec);
    }
    sort_by_place(out.diagnostics);
    if (!has_errors(out.diagnostics)) out.spec = std::move(spec);
    return out;
  }

 private:
  Diagnostic problem(std::string id, Place place, const std::string& pointer, const std::string& message,
                     std::string hint) const {
    return {std::move(id),
            Severity::kError,
            file_,
            place.line,
            place.column,
            pointer,
            dotted_path(pointer) + ": " + message,
            std::move(hint)};
  }

  Checked failed(Diagnostic d) const {
    Checked checked;
    checked.diagnostics.push_back(std::move(d));
    return checked;
  }

  Checked check_component(std::string_view kind_name, const Node& node, const std::string& pointer) {
    const auto kind = kind_named(kind_name);
    if (!node.is_mapping())
      return failed(problem("MR1204", node.place, pointer,
                            "must be a mapping with 'type', not " + std::string(describe(node)), ""));
    const Node* type = node.find("type");
    if (type == nullptr || !type->is_scalar() || type->text.empty())
      return failed(problem("MR1202", node.place, pointer, "'type' is missing", known_types(*kind)));
    const std::string* text = schemas_.schema(*kind, type->text);
    if (text == nullptr) return failed(unknown_type(*kind, *type, pointer + "/type"));

    auto cached = parsed_.find(text);
    if (cached == parsed_.end()) {
      Result<JsonSchema> schema = JsonSchema::parse(*text);
      if (!schema.ok())
        return failed(problem(
            "MR1211", type->place, pointer,
            "the component '" + type->text + "' cannot be configured: " + std::string(schema.status().message()),
            "Tell whoever made the plugin."));
      cached = parsed_.emplace(text, std::move(schema).value()).first;
    }
    CheckOptions options;
    options.file = file_;
    options.pointer = pointer;
    options.ignored_key = "type";
    Checked checked = cached->second.check(node, options);

    ComponentSpec component;
    component.kind = *kind;
    component.type = type->text;
    component.config = checked.canonical;
    component.pointer = pointer;
    component.place = node.place;
    for (const auto& [at, place] : checked.places) component.places.emplace_back(at.substr(pointer.size()), place);
    components_.push_back(std::move(component));

    const std::string start = "{\"type\":" + json_quote(type->text);
    auto with_type = [&start](const std::string& object) {
      if (object.size() < 2) return start + "}";
      return start + (object == "{}" ? "" : ",") + object.substr(1);
    };
    checked.canonical = with_type(checked.canonical);
    checked.display = with_type(checked.display);
    return checked;
  }

  std::string known_types(ComponentKind kind) const {
    std::string out;
    for (const std::string& type : schemas_.types(kind)) out += (out.empty() ? "" : ", ") + type;
    const std::string name(to_string(kind));
    return out.empty() ? "No plugin offers a component of kind " + name + "."
                       : "Components of kind " + name + " that the loaded plugins offer: " + out + ".";
  }

  Diagnostic unknown_type(ComponentKind kind, const Node& type, const std::string& pointer) const {
    for (const Later& later : kLater) {
      if (later.kind != kind || later.type != type.text) continue;
      Diagnostic d = problem("MR1208", type.place, pointer, "", "It comes with " + std::string(later.part) + ".");
      d.message = "`" + dotted_path(pointer) + ": " + type.text + "` is not in this version";
      return d;
    }
    const Status why = schemas_.why_missing(kind, type.text);
    std::string message(why.message());
    if (message.ends_with('.')) message.pop_back();
    return problem(std::string(why.id()), type.place, pointer, message, std::string(why.hint()));
  }

  // At most one component of each group speaks for a connection; two would contradict each other.
  void check_auth(const Node& root) {
    const Node* auth = root.find("auth");
    if (auth == nullptr || !auth->is_sequence()) return;
    const Node* tls = nullptr;
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < auth->items.size(); ++i) {
      const Node* type = auth->items[i].find("type");
      if (type == nullptr) continue;
      if (type->text == "tls" || type->text == "mtls") tls = type;
      const bool is_sasl = type->text == "sasl_scram" || type->text == "sasl_plain";
      const std::string group = is_sasl ? "sasl_scram or sasl_plain" : type->text;
      const auto [found, is_first] = first.emplace(group, i);
      if (!is_first)
        diagnostics_->push_back(problem(
            "MR1303", type->place, "/auth/" + std::to_string(i),
            "a second " + group + "; the first is auth[" + std::to_string(found->second) + "]", "Keep one of them."));
    }
    if (tls == nullptr) return;
    for (std::size_t i = 0; i < auth->items.size(); ++i) {
      const Node* insecure = auth->items[i].find("insecure");
      if (insecure == nullptr || insecure->text != "true") continue;
      diagnostics_->push_back(problem("MR1303", insecure->place, "/auth/" + std::to_string(i) + "/insecure",
                                      "true contradicts the component '" + tls->text + "' beside it",
                                      "Leave out one of the two: insecure sends the password without TLS."));
    }
  }

  void check_backoff(const PipelineSpec& spec) {
    const BackoffSpec& backoff = spec.delivery.backoff;
    if (backoff.initial <= backoff.maximum) return;
    const std::string pointer = "/delivery/retry/backoff";
    Place place;
    for (const auto& [at, where] : checked_.places)
      if (at == pointer) place = where;
    diagnostics_->push_back(
        problem("MR1304", place, pointer, "initial is longer than maximum", "Make initial the shorter one."));
  }

  void fill(PipelineSpec& spec) {
    const Json json = Json::parse(checked_.canonical);
    const auto milliseconds = [](const Json& value) { return std::chrono::milliseconds(value.get<std::int64_t>()); };
    spec.file = file_;
    spec.name = json.at("name").get<std::string>();
    spec.enabled = json.at("enabled").get<bool>();
    const std::string on_filter_error = json.at("on_filter_error").get<std::string>();
    spec.on_filter_error = on_filter_error == "keep"   ? OnFilterError::kKeep
                           : on_filter_error == "drop" ? OnFilterError::kDrop
                                                       : OnFilterError::kFail;
    spec.batch.size = json.at("batch").at("size").get<std::uint32_t>();
    spec.batch.window = milliseconds(json.at("batch").at("window"));
    spec.batch.bytes = json.at("batch").at("bytes").get<std::uint64_t>();
    const Json& delivery = json.at("delivery");
    spec.delivery.max_in_flight = delivery.at("max_in_flight").get<std::uint32_t>();
    spec.delivery.memory = delivery.at("memory").get<std::uint64_t>();
    spec.delivery.commit_interval = milliseconds(delivery.at("commit_interval"));
    spec.delivery.drain_timeout = milliseconds(delivery.at("drain_timeout"));
    spec.delivery.backoff.initial = milliseconds(delivery.at("retry").at("backoff").at("initial"));
    spec.delivery.backoff.maximum = milliseconds(delivery.at("retry").at("backoff").at("maximum"));
    spec.delivery.dead_letters_maximum_bytes = delivery.at("dead_letters").at("maximum_bytes").get<std::uint64_t>();
    for (ComponentSpec& component : components_) {
      switch (component.kind) {
        case ComponentKind::kSource:
          spec.source = std::move(component);
          break;
        case ComponentKind::kAuth:
          spec.auth.push_back(std::move(component));
          break;
        case ComponentKind::kFilter:
          spec.filters.push_back(std::move(component));
          break;
        case ComponentKind::kEncoder:
          spec.encoder = std::move(component);
          break;
        case ComponentKind::kSink:
          spec.sink = std::move(component);
          break;
      }
    }
    for (SecretUse& use : checked_.secrets)
      spec.secrets.push_back({std::move(use.text), std::move(use.pointer), use.place});
    std::stable_sort(spec.secrets.begin(), spec.secrets.end(), [](const SecretReference& a, const SecretReference& b) {
      return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    });
    spec.display = std::move(checked_.display);
  }

  const std::string& file_;
  const ComponentSchemas& schemas_;
  Diagnostics* diagnostics_ = nullptr;
  Checked checked_;
  std::vector<ComponentSpec> components_;
  std::map<const std::string*, JsonSchema> parsed_;
};

PipelineLoad load_read(YamlRead read, const std::string& file, const ComponentSchemas& schemas) {
  if (!read.root) return {std::nullopt, std::move(read.diagnostics)};
  return Loader(file, schemas).load(*read.root);
}

}  // namespace

std::string_view to_string(ComponentKind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

Status ComponentSchemas::why_missing(ComponentKind kind, std::string_view type) const {
  return Status(Code::kNotFound, "MR2009",
                "there is no " + std::string(to_string(kind)) + " " + std::string(type) + ".");
}

Place ComponentSpec::place_of(std::string_view field) const {
  while (true) {
    for (const auto& [at, where] : places)
      if (at == field) return where;
    const std::size_t slash = field.rfind('/');
    if (slash == std::string_view::npos) return place;
    field = field.substr(0, slash);
  }
}

PipelineLoad load_pipeline(const std::string& file, const ComponentSchemas& schemas, const Environment& environment) {
  return load_read(read_yaml_file(file, environment), file, schemas);
}

PipelineLoad parse_pipeline(std::string_view text, const std::string& file, const ComponentSchemas& schemas,
                            const Environment& environment) {
  return load_read(read_yaml(text, file, environment), file, schemas);
}

PipelinesLoad load_pipelines(std::span<const std::string> files, const ComponentSchemas& schemas,
                             const Environment& environment) {
  PipelinesLoad out;
  std::map<std::string, std::string> file_of;  // by pipeline name
  for (const std::string& file : files) {
    PipelineLoad load = load_pipeline(file, schemas, environment);
    if (load.spec) {
      const auto [found, is_new] = file_of.emplace(load.spec->name, file);
      if (!is_new) {
        load.diagnostics.push_back({"MR1302", Severity::kError, file, 0, 0, "/name",
                                    "the name '" + load.spec->name + "' is taken by " + found->second,
                                    "Give each pipeline of a host its own name."});
        load.spec.reset();
      }
    }
    if (load.spec) out.specs.push_back(std::move(*load.spec));
    std::move(load.diagnostics.begin(), load.diagnostics.end(), std::back_inserter(out.diagnostics));
  }
  return out;
}

}  // namespace millrace::config
