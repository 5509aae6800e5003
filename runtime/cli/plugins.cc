#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/reference.h"
#include "runtime/config/did_you_mean.h"

namespace millrace::cli {
namespace {

using Json = nlohmann::ordered_json;

Json describe(const plugin::Component& component, bool with_schema) {
  Json out = {{"kind", plugin::kind_name(component.kind)},
              {"type", component.type},
              {"summary", component.summary},
              {"stability", plugin::stability_name(component.stability)},
              {"plugin", component.plugin->name},
              {"version", component.plugin->version}};
  if (!with_schema) return out;
  out["vendor"] = component.plugin->vendor;
  out["license"] = component.plugin->license;
  out["url"] = component.plugin->url;
  out["file"] = component.plugin->file;
  out["concurrent"] = component.concurrent();
  out["scalable"] = component.scalable();
  out["schema"] = Json::parse(component.schema, nullptr, false);
  return out;
}

std::string as_text(const Json& json, Output output) {
  return output == Output::kYaml ? json_as_yaml(json.dump()) : json.dump(2) + "\n";
}

}  // namespace

int plugins_list_command(const HostSettings& settings, Output output) {
  const Plugins plugins = load_plugins(settings);
  const auto components = plugins.scan.catalogue.components();
  std::string text;
  if (output == Output::kTable) {
    std::vector<std::vector<std::string>> rows = {{"KIND", "TYPE", "PLUGIN", "VERSION", "STABILITY", "SUMMARY"}};
    for (const plugin::Component* c : components)
      rows.push_back({std::string(plugin::kind_name(c->kind)), c->type, c->plugin->name, c->plugin->version,
                      std::string(plugin::stability_name(c->stability)), c->summary});
    text = table(rows);
    for (const Diagnostic& problem : plugins.scan.problems) say(problem.to_string());
  } else {
    Json list = Json::array();
    for (const plugin::Component* c : components) list.push_back(describe(*c, false));
    const Json json = {{"components", list}, {"problems", Json::parse(diagnostics_json(plugins.scan.problems))}};
    text = as_text(json, output);
  }
  if (!answer(text)) return kExitFailed;
  return plugins.scan.problems.empty() ? kExitOk : kExitFailed;
}

int plugins_describe_command(const HostSettings& settings, const std::string& name, Output output) {
  const Plugins plugins = load_plugins(settings);
  std::vector<const plugin::Component*> matching;
  std::vector<std::string> known;
  for (const plugin::Component* c : plugins.scan.catalogue.components()) {
    const std::string qualified = std::string(plugin::kind_name(c->kind)) + "/" + c->type;
    if (name == c->type || name == qualified || name == c->plugin->name) matching.push_back(c);
    known.push_back(c->type);
    known.push_back(c->plugin->name);
  }
  if (matching.empty()) {
    for (const Diagnostic& problem : plugins.scan.problems) say(problem.to_string());
    const std::string meant = config::nearest(name, known);
    say("millrace: no loaded plugin offers '" + name + "'" + (meant.empty() ? "" : ", did you mean '" + meant + "'?") +
        "\n  `millrace plugins list` shows what there is.");
    return kExitFailed;
  }
  std::string text;
  if (output == Output::kTable) {
    for (const plugin::Component* c : matching) {
      const plugin::Plugin& plugin = *c->plugin;
      text += (text.empty() ? "" : "\n") + c->label() + ": " + c->summary + "\n";
      text += "plugin " + plugin.name + " " + plugin.version + ", " +
              std::string(plugin::stability_name(c->stability)) +
              (plugin.vendor.empty() ? "" : ", by " + plugin.vendor) +
              (plugin.license.empty() ? "" : ", " + plugin.license) + "\n" + plugin.file + "\n\n" +
              fields_as_text(c->schema);
    }
  } else {
    Json list = Json::array();
    for (const plugin::Component* c : matching) list.push_back(describe(*c, true));
    text = as_text(list.size() == 1 ? list[0] : list, output);
  }
  return answer(text) ? kExitOk : kExitFailed;
}

}  // namespace millrace::cli
