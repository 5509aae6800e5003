// Completion scripts for shells, from a picture of the command line that knows nothing of the parser.
//
// Invariant: what a script offers is what the picture has; it asks no program while somebody types.
//
// Used by cli.cc, which draws the picture from its parser. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

// What may stand for an option's value or as a command's argument.
struct CompletionValue {
  enum class Kind { kNone, kAnything, kFile, kDirectory, kChoice };
  Kind kind = Kind::kNone;  // kNone: a flag, or a command without arguments
  std::vector<std::string> choices = {};
};

struct CompletionOption {
  std::vector<std::string> names;  // "-o", "--output"
  std::string what;                // one line
  CompletionValue value;
};

struct CompletionCommand {
  std::vector<std::string> path;  // {} for the program itself, {"plugins", "list"}
  std::string what;
  std::vector<CompletionOption> options;
  CompletionValue argument;
};

// "FILE", "DIR" and "a|b|c", which the help shows, say what may stand there; anything else may be anything.
CompletionValue completion_value(std::string_view shown_as);

// `commands` begins with the program itself, whose options every command takes. `shell`: bash, zsh or fish.
std::string completion_script(const std::string& shell, const std::vector<CompletionCommand>& commands);

}  // namespace millrace::cli
