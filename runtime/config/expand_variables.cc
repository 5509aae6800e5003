#include "runtime/config/expand_variables.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/config/utf8.h"
#include "runtime/config/yaml_reader.h"

namespace millrace::config {
namespace {

class Expander {
 public:
  Expander(const std::string& file, const Environment& environment, Diagnostics& diagnostics)
      : file_(file), environment_(environment), diagnostics_(diagnostics) {}

  void expand(Node& node, const std::string& pointer) {
    if (node.is_scalar()) {
      expand_text(node, pointer);
      return;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i)
      expand(node.items[i], child_pointer(pointer, node.is_mapping() ? node.keys[i] : std::to_string(i)));
  }

 private:
  static bool is_name(std::string_view name) {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
  }

  void problem(const Node& node, const std::string& pointer, std::string id, std::string message, std::string hint) {
    diagnostics_.push_back({std::move(id), Severity::kError, file_, node.place.line, node.place.column, pointer,
                            std::move(message), std::move(hint)});
  }

  void expand_text(Node& node, const std::string& pointer) {
    const std::string_view text = node.text;
    if (text.find("${") == std::string_view::npos) return;
    std::string out;
    std::size_t at = 0;
    while (true) {
      const std::size_t start = text.find("${", at);
      if (start == std::string_view::npos) break;
      if (start > at && text[start - 1] == '$') {  // $${ is a literal ${
        out += text.substr(at, start - at);
        out += '{';
        at = start + 2;
        continue;
      }
      const std::size_t end = text.find('}', start);
      const std::string_view inside = text.substr(start + 2, end == std::string_view::npos ? end : end - start - 2);
      out += text.substr(at, start - at);
      if (inside.starts_with("secret:")) {
        if (end == std::string_view::npos) {
          problem(node, pointer, "MR1106", "a ${secret: is not closed by }", "Close it.");
          return;
        }
        out += text.substr(start, end + 1 - start);
        at = end + 1;
        continue;
      }
      const std::size_t colon = inside.find(':');
      const std::string_view name = inside.substr(0, colon);
      if (end == std::string_view::npos || !is_name(name)) {
        problem(node, pointer, "MR1106", "${ is not followed by a variable's name and }",
                "Write ${NAME} or ${NAME:default}; a literal ${ is written $${.");
        return;
      }
      if (const auto value = environment_(name)) {
        out += *value;
      } else if (colon != std::string_view::npos) {
        out += inside.substr(colon + 1);
      } else {
        problem(node, pointer, "MR1105", "the environment variable " + std::string(name) + " is not set",
                "Set it, or write ${" + std::string(name) + ":default}.");
        return;
      }
      at = end + 1;
    }
    out += text.substr(at);
    if (first_invalid_utf8(out) < out.size()) {
      problem(node, pointer, "MR1003", "a variable's value is not UTF-8 text", "");
      return;
    }
    bytes_ += out.size();
    if (bytes_ > kMaximumTextBytes) {
      problem(node, pointer, "MR1104", "the variables' values make the file larger than 4 MiB", "");
      out.clear();
    }
    node.text = std::move(out);
  }

  const std::string& file_;
  const Environment& environment_;
  Diagnostics& diagnostics_;
  std::size_t bytes_ = 0;
};

}  // namespace

void expand_variables(Node& root, const std::string& file, const Environment& environment, Diagnostics& diagnostics) {
  Expander(file, environment, diagnostics).expand(root, "");
}

}  // namespace millrace::config
