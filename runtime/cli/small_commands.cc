// version, completion and docs: the commands that only print.

#include <millrace/plugin.h>

#include <nlohmann/json.hpp>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/cli/reference.h"

namespace millrace::cli {

int version_command(Output output) {
  nlohmann::ordered_json json = {{"version", MILLRACE_VERSION},
                                 {"plugin_abi", std::to_string(MR_ABI_MAJOR) + "." + std::to_string(MR_ABI_MINOR)},
                                 {"compiler", __VERSION__},
                                 {"build", MILLRACE_BUILD_TYPE}};
  std::string text;
  if (output == Output::kJson) {
    text = json.dump() + "\n";
  } else if (output == Output::kYaml) {
    text = json_as_yaml(json.dump());
  } else {
    text = "millrace " MILLRACE_VERSION " (plugin ABI " + json["plugin_abi"].get<std::string>() +
           ", " MILLRACE_BUILD_TYPE ")\n";
  }
  return answer(text) ? kExitOk : kExitFailed;
}

int completion_command(const std::string& shell, const std::vector<std::string>& words) {
  std::string first;   // the subcommands
  std::string second;  // "plugins list" becomes a case of its own
  for (const std::string& word : words) {
    const std::size_t blank = word.find(' ');
    if (blank == std::string::npos) first += (first.empty() ? "" : " ") + word;
  }
  std::string text;
  if (shell == "fish") {
    text = "complete -c millrace -n __fish_use_subcommand -f -a '" + first + "'\n";
    for (const std::string& word : words)
      if (const std::size_t blank = word.find(' '); blank != std::string::npos)
        text += "complete -c millrace -n '__fish_seen_subcommand_from " + word.substr(0, blank) + "' -f -a '" +
                word.substr(blank + 1) + "'\n";
    return answer(text) ? kExitOk : kExitFailed;
  }
  for (const std::string& word : words)
    if (const std::size_t blank = word.find(' '); blank != std::string::npos) {
      const std::string parent = word.substr(0, blank);
      if (second.find("    " + parent + ")") != std::string::npos) continue;
      std::string children;
      for (const std::string& other : words)
        if (other.starts_with(parent + " ")) children += (children.empty() ? "" : " ") + other.substr(blank + 1);
      second += "    " + parent + ") words='" + children + "' ;;\n";
    }
  if (shell == "zsh") text = "autoload -U +X bashcompinit && bashcompinit\n";
  text +=
      "_millrace() {\n"
      "  local words='' current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then words='" +
      first + "'; else case \"${COMP_WORDS[1]}\" in\n" + second +
      "  esac; fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\") $(compgen -f -- \"$current\"))\n"
      "}\n"
      "complete -o filenames -F _millrace millrace\n";
  return answer(text) ? kExitOk : kExitFailed;
}

int docs_command(const HostSettings& settings, const std::string& page) {
  const Plugins plugins = load_plugins(settings);
  if (!plugins.scan.problems.empty()) {  // a page without some plugin's part would be wrong
    for (const Diagnostic& problem : plugins.scan.problems) say(problem.to_string());
    return kExitFailed;
  }
  return answer(page == "errors" ? errors_reference(plugins.scan.catalogue)
                                 : pipeline_reference(plugins.scan.catalogue))
             ? kExitOk
             : kExitFailed;
}

}  // namespace millrace::cli
