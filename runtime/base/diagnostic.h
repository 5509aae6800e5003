// Diagnostic: one problem in a file a user wrote, with the place it stands at.
//
// Its text form is `FILE:LINE:COLUMN: MESSAGE`, then the hint on a line of its own; its JSON form has the members named
// below. All problems of a file are reported at once, in file order.
//
// Thread-compatible plain value.
#pragma once

#include <string>
#include <vector>

namespace millrace {

enum class Severity { kError, kWarning };

struct Diagnostic {
  std::string id;  // "MR1203"
  Severity severity = Severity::kError;
  std::string file;
  int line = 0;         // from 1; 0 when the problem has no place in the file
  int column = 0;       // from 1
  std::string pointer;  // JSON pointer into the document, "" for the whole of it
  std::string message;
  std::string hint;

  std::string to_string() const {
    std::string text = file;
    if (line > 0) text += ":" + std::to_string(line) + ":" + std::to_string(column);
    if (!text.empty()) text += ": ";
    if (severity == Severity::kWarning) text += "warning: ";
    text += message + (id.empty() ? "" : " [" + id + "]");
    if (!hint.empty()) text += "\n  " + hint;
    return text;
  }
};

using Diagnostics = std::vector<Diagnostic>;

inline bool has_errors(const Diagnostics& diagnostics) {
  for (const Diagnostic& d : diagnostics)
    if (d.severity == Severity::kError) return true;
  return false;
}

}  // namespace millrace
