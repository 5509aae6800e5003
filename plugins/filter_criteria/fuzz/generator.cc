#include "generator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "values.h"

namespace millrace::filter::fuzz {
namespace {

struct Node {
  enum class Kind { kObject, kArray, kString, kNumber, kLiteral };
  Kind kind = Kind::kLiteral;
  std::string text;       // a string decoded; anything else as written
  std::string name = {};  // in its parent, when that is an object
  std::vector<Node> children = {};

  Node& add(std::string child_name, Node child) {
    child.name = std::move(child_name);
    return children.emplace_back(std::move(child));
  }
};

struct Leaf {
  std::vector<std::string> path;
  Node::Kind kind;
  std::string text;
};

template <std::size_t N>
std::string pick(Choices& choices, const std::array<std::string_view, N>& from) {
  return std::string(from[choices.below(N)]);
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

// A place in text that does not split a character.
std::size_t cut(Choices& choices, std::string_view text) {
  std::size_t at = text.empty() ? 0 : choices.below(std::min<std::size_t>(text.size() + 1, 256));
  while (at < text.size() && !begins_character(text[at])) ++at;
  return at;
}

std::string json_string(Choices& choices, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || (byte < 0x80 && choices.once_in(64))) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string space(Choices& choices) {
  constexpr std::array<std::string_view, 4> kSpaces = {" ", "\n", "\t ", "  \r\n"};
  return choices.once_in(32) ? pick(choices, kSpaces) : "";
}

void write(Choices& choices, const Node& node, std::string& out) {
  out += space(choices);
  switch (node.kind) {
    case Node::Kind::kString:
      out += json_string(choices, node.text);
      break;
    case Node::Kind::kNumber:
    case Node::Kind::kLiteral:
      out += node.text;
      break;
    default: {
      const bool is_object = node.kind == Node::Kind::kObject;
      out += is_object ? '{' : '[';
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) out += ',';
        if (is_object) out += json_string(choices, node.children[i].name) + space(choices) + ":";
        write(choices, node.children[i], out);
      }
      out += is_object ? '}' : ']';
    }
  }
  out += space(choices);
}

std::string text_value(Choices& choices) {
  std::string text = pick(choices, kStrings);
  while (choices.once_in(6)) text += pick(choices, kStrings);
  return text;
}

Node scalar(Choices& choices) {
  constexpr std::array<std::string_view, 3> kLiterals = {"null", "true", "false"};
  switch (choices.below(8)) {
    case 0:
      return {Node::Kind::kLiteral, pick(choices, kLiterals)};
    case 1:
    case 2:
    case 3:
      return {Node::Kind::kNumber, pick(choices, kNumbers)};
    default:
      return {Node::Kind::kString, text_value(choices)};
  }
}

std::string name(Choices& choices) {
  return choices.once_in(40) ? pick(choices, kOddNames)
                             : std::string(kNames[choices.below(choices.once_in(8) ? 12 : 5)]);
}

Node container(Choices& choices, bool is_object, int depth) {
  Node out{is_object ? Node::Kind::kObject : Node::Kind::kArray, ""};
  const std::size_t size = choices.below(is_object ? 5 : 4) + (depth == 0 ? 1 : 0);
  for (std::size_t i = 0; i < size && !choices.ended(); ++i) {
    const std::string key = is_object ? name(choices) : "";
    const std::size_t what = choices.below(10);
    const bool nests = depth < 4;
    if (nests && what < (is_object ? 2u : 5u))
      out.add(key, container(choices, true, depth + 1));
    else if (nests && what < (is_object ? 5u : 6u))
      out.add(key, container(choices, false, depth + 1));
    else
      out.add(key, scalar(choices));
  }
  return out;
}

void collect(const Node& node, std::vector<std::string>& path, std::vector<Leaf>& out) {
  for (const Node& child : node.children) {
    const bool named = node.kind == Node::Kind::kObject;
    if (named) path.push_back(child.name);
    if (child.kind == Node::Kind::kObject || child.kind == Node::Kind::kArray)
      collect(child, path, out);
    else
      out.push_back({path, child.kind, child.text});
    if (named) path.pop_back();
  }
}

std::string flip_case(Choices& choices, std::string text) {
  for (char& c : text)
    if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && choices.once_in(2)) c = static_cast<char>(c ^ 0x20);
  return text;
}

// A wildcard that takes the text, with some of it behind stars.
std::string wildcard(Choices& choices, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (choices.once_in(4) && (out.empty() || out.back() != '*')) {
      out += '*';
      // Asks once more for the character before the star, which may be there only once.
      if (i > 0 && choices.once_in(6)) {
        do --i;
        while (i > 0 && !begins_character(text[i]));
        continue;
      }
      i += choices.below(4);
      while (i < text.size() && !begins_character(text[i])) ++i;
      continue;
    }
    if (text[i] == '*' || text[i] == '\\') out += '\\';
    out += text[i++];
  }
  if (choices.once_in(4) && (out.empty() || out.back() != '*')) out += '*';
  return out;
}

// Makes one alternative of the pattern as text, and notes its operators.
class AlternativeMaker {
 public:
  AlternativeMaker(Choices& choices, std::set<std::string>& operators) : choices_(choices), operators_(operators) {}

  // One that most probably takes the value.
  std::string taking(const Leaf& leaf) {
    if (choices_.once_in(10)) return note("exists", R"({"exists":true})");
    if (choices_.once_in(6)) return anything_but(scalar(choices_));
    switch (leaf.kind) {
      case Node::Kind::kNumber:
        return choices_.once_in(2) ? note("exact", respelled(leaf.text)) : numeric(leaf.text);
      case Node::Kind::kString:
        return for_string(leaf.text);
      default:
        return note("exact", leaf.text);
    }
  }

  // One made without looking.
  std::string any() {
    if (choices_.once_in(40)) return pick(choices_, kBadAlternatives);
    const Node value = scalar(choices_);
    if (choices_.once_in(4)) return anything_but(value);
    if (choices_.once_in(6)) return absent();
    return taking({{}, value.kind, value.text});
  }

  std::string absent() { return note("exists", R"({"exists":false})"); }

 private:
  std::string note(const std::string& name, std::string text) {
    operators_.insert(name);
    return text;
  }

  std::string one(const std::string& name, std::string_view text) {
    return note(name, "{\"" + name + "\":" + json_string(choices_, text) + "}");
  }

  std::string for_string(const std::string& text) {
    if ((text.find(':') != std::string::npos || text.find("0.") != std::string::npos) && choices_.once_in(2))
      return cidr(text);
    switch (choices_.below(9)) {
      case 0:
        return one("exactly", text);
      case 1:
        return one("prefix", text.substr(0, cut(choices_, text)));
      case 2:
        return one("suffix", text.substr(cut(choices_, text)));
      case 3:
        return one("equals-ignore-case", flip_case(choices_, text));
      case 4:
        return note("prefix-ignore-case",
                    R"({"prefix":{"equals-ignore-case":)" +
                        json_string(choices_, flip_case(choices_, text.substr(0, cut(choices_, text)))) + "}}");
      case 5:
        return note("suffix-ignore-case",
                    R"({"suffix":{"equals-ignore-case":)" +
                        json_string(choices_, flip_case(choices_, text.substr(cut(choices_, text)))) + "}}");
      case 6:
        return one("wildcard", wildcard(choices_, text));
      case 7:
        return choices_.once_in(2) ? cidr(text) : one("wildcard", wildcard(choices_, text));
      default:
        return note("exact", json_string(choices_, text));
    }
  }

  std::string cidr(const std::string& text) {
    const bool is_address = text.find_first_not_of("0123456789.") == std::string::npos ||
                            text.find_first_not_of("0123456789abcdefABCDEF:") == std::string::npos;
    const std::string base = is_address && !text.empty() ? text : choices_.once_in(2) ? "2001:db8::" : "10.0.0.1";
    const std::size_t bits = choices_.below(base.find(':') == std::string::npos ? 33 : 129);
    return one("cidr", base + "/" + std::to_string(bits));
  }

  std::string respelled(const std::string& number) {
    const std::size_t digits = number.starts_with('-') ? 1 : 0;
    switch (choices_.below(5)) {
      case 0:
        return number.find_first_of(".eE") == std::string::npos ? number + ".0" : number;
      case 1:
        return number.find_first_of("eE") == std::string::npos ? number + "e0" : number;
      case 2:
        return number.find_first_of(".eE") == std::string::npos ? number + "0E-1" : number;
      case 3:
        if (number.find_first_of(".eE") != std::string::npos) return number;
        return number.substr(0, digits) + "0.00" + number.substr(digits) + "E" +
               std::to_string(number.size() - digits + 2);
      default:
        return number;
    }
  }

  std::string numeric(const std::string& number) {
    const double value = std::strtod(number.c_str(), nullptr);
    const auto near = [&](double distance) {
      std::array<char, 64> text{};
      const double moved = std::isfinite(value) ? value + distance * static_cast<double>(choices_.below(3)) : 0;
      const auto written = std::to_chars(text.data(), text.data() + text.size(), moved);
      return std::string(text.data(), written.ptr);
    };
    operators_.insert("numeric");
    switch (choices_.below(6)) {
      case 0:
        return R"({"numeric":["=",)" + respelled(number) + "]}";
      case 1:
        return R"({"numeric":[">=",)" + near(-1) + "]}";
      case 2:
        return R"({"numeric":["<",)" + near(1) + "]}";
      case 3:
        return R"({"numeric":[">",)" + near(-0.5) + R"(,"<=",)" + near(2) + "]}";
      case 4:
        return R"({"numeric":["<=",)" + near(1) + "]}";
      default:
        return R"({"numeric":[">=",)" + near(-2) + R"(,"<",)" + near(0.5) + "]}";
    }
  }

  std::string anything_but(const Node& value) {
    if (value.kind == Node::Kind::kNumber) {
      std::string list = respelled(value.text);
      if (choices_.once_in(2)) return note("anything-but", R"({"anything-but":)" + list + "}");
      for (std::size_t i = choices_.below(3); i > 0; --i) list += "," + pick(choices_, kNumbers);
      return note("anything-but list", R"({"anything-but":[)" + list + "]}");
    }
    std::string text = value.kind == Node::Kind::kString ? value.text : pick(choices_, kStrings);
    constexpr std::array<std::string_view, 4> kInner = {"prefix", "suffix", "equals-ignore-case", "wildcard"};
    const std::size_t form = choices_.below(6);
    const auto shaped = [&](std::string from) {
      switch (form) {
        case 0:
          return from.substr(0, cut(choices_, from));
        case 1:
          return from.substr(cut(choices_, from));
        case 2:
          return flip_case(choices_, from);
        case 3:
          return wildcard(choices_, from);
        default:
          return from;
      }
    };
    const bool is_list = choices_.once_in(2);
    std::string operand = json_string(choices_, shaped(text));
    if (is_list) {
      for (std::size_t i = choices_.below(3); i > 0; --i)
        operand += "," + json_string(choices_, shaped(pick(choices_, kStrings)));
      operand = "[" + operand + "]";
    }
    if (form >= 4) return note(is_list ? "anything-but list" : "anything-but", R"({"anything-but":)" + operand + "}");
    const std::string inner(kInner[form]);
    return note("anything-but " + inner, R"({"anything-but":{")" + inner + "\":" + operand + "}}");
  }

  Choices& choices_;
  std::set<std::string>& operators_;
};

// A field of a pattern, its list of alternatives as text.
struct Field {
  std::vector<std::string> path;
  std::string alternatives;
};

class PatternMaker {
 public:
  PatternMaker(Choices& choices, std::vector<Leaf> leaves, std::set<std::string>& operators)
      : choices_(choices), leaves_(std::move(leaves)), operators_(operators), alternatives_(choices, operators) {}

  std::string make() {
    Node root{Node::Kind::kObject, ""};
    fill(root, 1 + choices_.below(3), {});
    std::string out;
    write(choices_, root, out);
    return out;
  }

  std::string list_for(const Leaf& leaf) {
    std::string out = "[";
    const std::size_t before = choices_.below(6);
    for (std::size_t i = 4; i < before; ++i) out += alternatives_.any() + ",";
    out += choices_.once_in(4) ? alternatives_.any() : alternatives_.taking(leaf);
    for (std::size_t i = choices_.below(6); i > 4; --i) out += "," + alternatives_.any();
    return out + "]";
  }

 private:
  Field field() {
    if (leaves_.empty() || choices_.once_in(8)) {
      Leaf made{{}, Node::Kind::kString, "x"};
      if (!leaves_.empty()) made.path = leaves_[choices_.below(std::min<std::size_t>(leaves_.size(), 256))].path;
      if (made.path.empty() || choices_.once_in(2))
        made.path.push_back(name(choices_));
      else
        made.path.back() = name(choices_);
      return {made.path, choices_.once_in(4) ? list_for(made) : "[" + alternatives_.absent() + "]"};
    }
    const Leaf& leaf = leaves_[choices_.below(std::min<std::size_t>(leaves_.size(), 256))];
    return {leaf.path, list_for(leaf)};
  }

  void fill(Node& object, std::size_t count, const std::vector<std::string>& base) {
    for (std::size_t i = 0; i < count; ++i) put(object, field(), base.size());
    if (choices_.once_in(7) && !choices_.ended()) {
      operators_.insert("$or");
      Node list{Node::Kind::kArray, ""};
      for (std::size_t i = choices_.once_in(20) ? 1 : 2 + choices_.below(2); i > 0; --i) {
        Node branch{Node::Kind::kObject, ""};
        fill(branch, 1 + (choices_.once_in(3) ? 1 : 0), base);
        list.add("", std::move(branch));
      }
      object.add("$or", std::move(list));
    }
  }

  // Nested objects, with now and then a dotted name or a repeated object.
  void put(Node& object, const Field& field, std::size_t from) {
    Node* at = &object;
    for (std::size_t i = from; i < field.path.size(); ++i) {
      std::string step = field.path[i];
      while (i + 1 < field.path.size() && choices_.once_in(12)) step += "." + field.path[++i];
      if (i + 1 >= field.path.size()) {
        at->add(step, Node{Node::Kind::kLiteral, field.alternatives});
        return;
      }
      const auto found = std::find_if(at->children.begin(), at->children.end(), [&](const Node& child) {
        return child.name == step && child.kind == Node::Kind::kObject;
      });
      if (found != at->children.end() && !choices_.once_in(10)) {
        at = &*found;
      } else {
        at = &at->add(step, Node{Node::Kind::kObject, ""});
      }
    }
  }

  Choices& choices_;
  std::vector<Leaf> leaves_;
  std::set<std::string>& operators_;
  AlternativeMaker alternatives_;
};

// Now and then one character is lost, doubled or another one.
void damage(Choices& choices, std::string& text, std::size_t rarely) {
  constexpr std::string_view kOthers = "\"\\{}[],:x0-.e\x01 \xC3\xFF";
  if (text.empty() || !choices.once_in(rarely)) return;
  const std::size_t at = (choices.below(256) * 256 + choices.below(256)) % text.size();
  switch (choices.below(4)) {
    case 0:
      text.erase(at, 1);
      break;
    case 1:
      text.insert(at, 1, kOthers[choices.below(kOthers.size())]);
      break;
    case 2:
      text[at] = kOthers[choices.below(kOthers.size())];
      break;
    default:
      text.resize(at);
  }
}

}  // namespace

std::size_t Choices::below(std::size_t n) {
  if (at_ >= bytes_.size()) return 0;
  return bytes_[at_++] % n;
}

Pair make_pair(Choices& choices) {
  Pair out;
  const Node event = container(choices, true, 0);
  std::vector<Leaf> leaves;
  std::vector<std::string> path;
  collect(event, path, leaves);
  write(choices, event, out.event);
  out.pattern = PatternMaker(choices, std::move(leaves), out.operators).make();
  damage(choices, out.event, 64);
  damage(choices, out.pattern, 64);
  return out;
}

Pair make_text_pair(Choices& choices) {
  Pair out;
  out.event = text_value(choices);
  const Leaf leaf{{}, Node::Kind::kString, out.event};
  out.pattern = PatternMaker(choices, {leaf}, out.operators).list_for(leaf);
  damage(choices, out.event, 16);
  damage(choices, out.pattern, 64);
  return out;
}

Pair make_pair(std::uint64_t seed) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15u + 1);
  std::array<std::uint8_t, 1024> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() >> 32);
  Choices choices(bytes);
  return make_pair(choices);
}

}  // namespace millrace::filter::fuzz
