#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/config/did_you_mean.h"
#include "runtime/errors/error_catalogue.h"

namespace millrace::cli {
namespace {

// MR1203, mr1203, 1203 and [MR1203] are all what a person may paste.
std::string normalise(const std::string& id) {
  std::string out;
  for (const char c : id)
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))
      out += c;
    else if (c >= 'a' && c <= 'z')
      out += static_cast<char>(c - 'a' + 'A');
  if (!out.empty() && std::all_of(out.begin(), out.end(), [](char c) { return c >= '0' && c <= '9'; }))
    out = "MR" + out;
  return out;
}

struct Found {
  std::string id, title, cause, remedy, defined_by;
};

}  // namespace

int explain_command(const HostSettings& settings, const std::string& id, Output output) {
  const Plugins plugins = load_plugins(settings);
  const std::string wanted = normalise(id);
  Found found;
  if (const ErrorInfo* host = find_host_error(wanted)) {
    found = {std::string(host->id), std::string(host->title), std::string(host->cause), std::string(host->remedy),
             "millrace"};
  } else {
    for (const auto& plugin : plugins.scan.catalogue.plugins())
      for (const plugin::PluginErrorInfo& error : plugin->errors)
        if (found.id.empty() && normalise(error.id) == wanted)
          found = {error.id, error.title, error.cause, error.remedy, plugin->name};
  }
  if (found.id.empty()) {
    std::vector<std::string> known;
    for (const ErrorInfo& error : host_errors()) known.emplace_back(error.id);
    for (const auto& plugin : plugins.scan.catalogue.plugins())
      for (const plugin::PluginErrorInfo& error : plugin->errors) known.push_back(error.id);
    const std::string meant = config::nearest(wanted, known);
    say("millrace: there is no error '" + id + "'" + (meant.empty() ? "" : ", did you mean " + meant + "?") +
        "\n  docs/errors.md lists all of them.");
    return kExitFailed;
  }
  const nlohmann::ordered_json json = {{"id", found.id},
                                       {"title", found.title},
                                       {"cause", found.cause},
                                       {"remedy", found.remedy},
                                       {"defined_by", found.defined_by}};
  std::string text;
  if (output == Output::kJson)
    text = json.dump() + "\n";
  else if (output == Output::kYaml)
    text = json_as_yaml(json.dump());
  else
    text = found.id + ": " + found.title + "\n\nCause:  " + found.cause + "\nRemedy: " + found.remedy + "\n" +
           (found.defined_by == "millrace" ? "" : "Defined by the plugin " + found.defined_by + ".\n");
  return answer(text) ? kExitOk : kExitFailed;
}

}  // namespace millrace::cli
