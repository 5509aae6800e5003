#include "runtime/config/yaml_writer.h"

#include <algorithm>

#include "runtime/config/yaml_reader.h"

namespace millrace::config {
namespace {

bool may_stand_plain(std::string_view text) {
  const auto letter_or_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (text.empty() || !(letter_or_digit(text.front()) || text.front() == '/' || text.front() == '_')) return false;
  if (text.ends_with(':') || text.ends_with(' ') || text.find(": ") != std::string_view::npos ||
      text.find(" #") != std::string_view::npos)
    return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter_or_digit(c) || std::string_view(" ./_-:@+()=;<>#*").find(c) != std::string_view::npos;
  });
}

std::string scalar(const Node& node) {
  if (scalar_type(node) != ScalarType::kString) return node.text.empty() ? "null" : node.text;
  Node plain = node;
  plain.quoted = false;
  return scalar_type(plain) == ScalarType::kString && may_stand_plain(node.text) ? node.text : json_quote(node.text);
}

std::string key_text(const std::string& key) {
  Node node;
  node.text = key;
  node.quoted = true;
  return scalar(node);
}

void write(const Node& node, std::size_t indent, std::string& out);

// A value after `key:` or `-`; its line is ended.
void write_value(const Node& node, std::size_t indent, bool in_list, std::string& out) {
  if (node.is_scalar()) {
    out += " " + scalar(node) + "\n";
  } else if (node.items.empty()) {
    out += node.is_mapping() ? " {}\n" : " []\n";
  } else if (in_list && node.is_mapping()) {
    std::string text;  // its first key stands behind the dash
    write(node, indent + 2, text);
    out += " " + text.substr(indent + 2);
  } else {
    out += "\n";
    write(node, indent + 2, out);
  }
}

void write(const Node& node, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    out += margin + (node.is_mapping() ? key_text(node.keys[i]) + ":" : "-");
    write_value(node.items[i], indent, node.is_sequence(), out);
  }
}

}  // namespace

std::string to_yaml(const Node& node) {
  std::string out;
  if (node.is_scalar()) return scalar(node) + "\n";
  if (node.items.empty()) return node.is_mapping() ? "{}\n" : "[]\n";
  write(node, 0, out);
  return out;
}

std::string json_to_yaml(std::string_view json) {
  const YamlRead read = read_yaml(json, "", Environment());
  return read.root ? to_yaml(*read.root) : std::string();
}

}  // namespace millrace::config
