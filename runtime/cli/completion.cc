#include "runtime/cli/completion.h"

#include <algorithm>

namespace millrace::cli {
namespace {

using Kind = CompletionValue::Kind;
using Commands = std::vector<CompletionCommand>;

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::vector<std::string> below(const Commands& commands, const CompletionCommand& parent) {
  std::vector<std::string> names;
  for (const CompletionCommand& c : commands)
    if (c.path.size() == parent.path.size() + 1 && std::equal(parent.path.begin(), parent.path.end(), c.path.begin()))
      names.push_back(c.path.back());
  return names;
}

// In single quotes; none of our words has one, but a description may.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash_value(const CompletionValue& value) {
  switch (value.kind) {
    case Kind::kChoice:
      return "COMPREPLY=($(compgen -W " + quoted(joined(value.choices)) + " -- \"$current\"))";
    case Kind::kFile:
      return "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$current\"))";
    case Kind::kDirectory:
      return "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$current\"))";
    case Kind::kNone:
    case Kind::kAnything:
      return ":";
  }
  return ":";
}

// zsh runs the same function through its own bashcompinit.
std::string bash_script(const Commands& commands) {
  std::string skipped, values, arguments, descents;
  for (const CompletionCommand& c : commands) {
    const std::string at = joined(c.path);
    std::vector<std::string> offered;
    // The program's own options may stand anywhere.
    for (const CompletionOption& option : c.options) {
      for (const std::string& name : option.names) {
        offered.push_back(name);
        if (option.value.kind == Kind::kNone) continue;
        const std::string pattern = (c.path.empty() ? "*" : quoted(at)) + ":" + name;
        skipped += (skipped.empty() ? "" : "|") + pattern;
        values += "    " + pattern + ") " + bash_value(option.value) + "; return ;;\n";
      }
    }
    const std::vector<std::string> commands_below = below(commands, c);
    for (const std::string& name : commands_below)
      descents += "      " + quoted(at + ":" + name) + ") at=" + quoted(at + (at.empty() ? "" : " ") + name) + " ;;\n";
    if (!c.path.empty())
      for (const CompletionOption& option : commands.front().options)
        for (const std::string& name : option.names)
          if (std::find(offered.begin(), offered.end(), name) == offered.end()) offered.push_back(name);
    arguments += "    " + quoted(at) + ")\n      case \"$current\" in\n        -*) COMPREPLY=($(compgen -W " +
                 quoted(joined(offered)) + " -- \"$current\")) ;;\n        *) " +
                 bash_value(commands_below.empty() ? c.argument : CompletionValue{Kind::kChoice, commands_below}) +
                 " ;;\n      esac ;;\n";
  }
  return "_millrace() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" at='' word i\n"
         "  COMPREPLY=()\n"
         "  # bash takes --output=json for three words\n"
         "  if [ \"$current\" = = ]; then current=''\n"
         "  elif [ \"$previous\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then previous=\"${COMP_WORDS[COMP_CWORD-2]}\"\n"
         "  fi\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n"
         "    case \"$at:$word\" in\n" +
         descents + (skipped.empty() ? "" : "      " + skipped + ") i=$((i + 1)) ;;\n") +
         "    esac\n"
         "  done\n"
         "  case \"$at:$previous\" in\n" +
         values +
         "  esac\n"
         "  case \"$at\" in\n" +
         arguments +
         "  esac\n"
         "}\n"
         "complete -F _millrace millrace\n";
}

std::string fish_value(const CompletionValue& value) {
  switch (value.kind) {
    case Kind::kChoice:
      return " -x -a " + quoted(joined(value.choices));
    case Kind::kFile:
      return " -r -F";
    case Kind::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
    case Kind::kAnything:
      return " -x";
    case Kind::kNone:
      return "";
  }
  return "";
}

std::string fish_script(const Commands& commands) {
  std::string text = "complete -c millrace -f\n";
  for (const CompletionCommand& c : commands) {
    const std::vector<std::string> children = below(commands, c);
    // Where the words stand so far: every command of the path is there, and none below it.
    std::string where;
    for (const std::string& name : c.path)
      where += (where.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") + name;
    const std::string line = "complete -c millrace" + (where.empty() ? "" : " -n " + quoted(where));
    const std::string here =
        c.path.empty() ? "__fish_use_subcommand" : where + "; and not __fish_seen_subcommand_from " + joined(children);
    for (const CompletionCommand& child : commands)
      if (child.path.size() == c.path.size() + 1 && std::equal(c.path.begin(), c.path.end(), child.path.begin()))
        text +=
            "complete -c millrace -n " + quoted(here) + " -a " + child.path.back() + " -d " + quoted(child.what) + "\n";
    for (const CompletionOption& option : c.options) {
      text += line;
      for (const std::string& name : option.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      text += fish_value(option.value) + " -d " + quoted(option.what) + "\n";
    }
    if (c.argument.kind == Kind::kFile) text += line + " -F\n";
    if (c.argument.kind == Kind::kChoice) text += line + " -a " + quoted(joined(c.argument.choices)) + "\n";
  }
  return text;
}

}  // namespace

CompletionValue completion_value(std::string_view shown_as) {
  shown_as = shown_as.substr(0, shown_as.find(':'));  // behind it the parser shows what it checks
  if (shown_as == "FILE") return {Kind::kFile};
  if (shown_as == "DIR") return {Kind::kDirectory};
  if (shown_as.find('|') == std::string_view::npos) return {Kind::kAnything};
  CompletionValue value{Kind::kChoice};
  for (std::size_t at = 0; at <= shown_as.size();) {
    const std::size_t end = std::min(shown_as.find('|', at), shown_as.size());
    value.choices.emplace_back(shown_as.substr(at, end - at));
    at = end + 1;
  }
  return value;
}

std::string completion_script(const std::string& shell, const std::vector<CompletionCommand>& commands) {
  if (shell == "fish") return fish_script(commands);
  return (shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "") + bash_script(commands);
}

}  // namespace millrace::cli
