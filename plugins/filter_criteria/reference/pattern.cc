#include "pattern.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "text_rules.h"

namespace millrace::filter::reference {
namespace {

constexpr std::size_t kMostCharacters = 4096;
constexpr std::size_t kMostPaths = 256;
constexpr std::size_t kMostRules = 1000;

const std::set<std::string, std::less<>> kReservedInOr = {"exactly",
                                                          "equals-ignore-case",
                                                          "prefix",
                                                          "suffix",
                                                          "anything-but",
                                                          "exists",
                                                          "wildcard",
                                                          "numeric",
                                                          "cidr",
                                                          "=",
                                                          "<",
                                                          "<=",
                                                          ">",
                                                          ">=",
                                                          "regex",
                                                          "not-wildcard",
                                                          "not-equals-ignore-case",
                                                          "date-after",
                                                          "date-on-or-after",
                                                          "date-before",
                                                          "date-on-or-before",
                                                          "in-date-range",
                                                          "ip-address-in-range",
                                                          "ip-address-not-in-range"};

struct Refusal {
  std::string why;
};
[[noreturn]] void refuse(std::string why) {
  throw Refusal{std::move(why)};
}

using Kind = Alternative::Kind;

const std::map<std::string, Kind, std::less<>> kTextOperators = {{"prefix", Kind::kPrefix},
                                                                 {"suffix", Kind::kSuffix},
                                                                 {"equals-ignore-case", Kind::kIgnoreCase},
                                                                 {"wildcard", Kind::kWildcard}};

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  std::vector<Rule> read() {
    if (node(0).kind != Json::Kind::kObject) refuse("a pattern is an object");
    std::vector<Rule> rules(1);
    read_object(0, "", false, rules);
    for (const Rule& rule : rules)
      if (rule.size() > 1 && rule.contains("value")) refuse("value cannot be plain text and JSON at once");
    return rules;
  }

 private:
  const Json::Node& node(std::size_t index) const { return json_.nodes[index]; }

  // At most 4,096 characters nest at most some hundred deep, so this may recurse.
  void read_object(std::size_t index, const std::string& path, bool in_or, std::vector<Rule>& rules) {
    if (node(index).children.empty()) refuse("an object is empty");
    for (const std::size_t child : node(index).children) {
      const std::string& name = node(child).name;
      if (name == "$or") {
        read_or(child, path, rules);
        continue;
      }
      if (in_or && kReservedInOr.contains(name)) refuse(name + " is reserved inside $or");
      if (path.empty() && name != "value" && !name.starts_with("value.")) refuse(name + " cannot be filtered");
      const std::string below = path.empty() ? name : path + "." + name;
      if (node(child).kind == Json::Kind::kObject)
        read_object(child, below, in_or, rules);
      else if (node(child).kind == Json::Kind::kArray)
        for (Rule& rule : rules) {
          rule[below] = read_alternatives(child);
          if (rule.size() > kMostPaths) refuse("too many fields");
        }
      else
        refuse("a field is an object or a list");
    }
  }

  void read_or(std::size_t index, const std::string& path, std::vector<Rule>& rules) {
    if (node(index).kind != Json::Kind::kArray) refuse("$or is a list");
    if (node(index).children.size() < 2) refuse("$or has two objects at least");
    std::vector<Rule> all;
    for (const std::size_t branch : node(index).children) {
      if (node(branch).kind != Json::Kind::kObject) refuse("$or has objects only");
      std::vector<Rule> forked = rules;
      read_object(branch, path, true, forked);
      all.insert(all.end(), forked.begin(), forked.end());
      if (all.size() > kMostRules) refuse("$or multiplies to too many rules");
    }
    rules = all;
  }

  std::vector<Alternative> read_alternatives(std::size_t index) {
    if (node(index).children.empty()) refuse("a list is empty");
    std::vector<Alternative> out;
    for (const std::size_t child : node(index).children) out.push_back(read_alternative(child));
    return out;
  }

  Alternative read_alternative(std::size_t index) {
    const Json::Node& here = node(index);
    if (here.kind == Json::Kind::kArray) refuse("an alternative is no list");
    if (here.kind != Json::Kind::kObject) return Alternative{.type = here.kind, .is_bare = true, .texts = {here.text}};
    return read_operator(only_child(index));
  }

  std::size_t only_child(std::size_t index) const {
    if (node(index).children.size() != 1) refuse("an operator stands alone in its object");
    return node(index).children[0];
  }

  Alternative read_operator(std::size_t index) {
    const std::string& name = node(index).name;
    const Json::Kind kind = node(index).kind;
    if (name == "exactly") return {.texts = {one_string(index)}};
    if (name == "exists") {
      if (kind != Json::Kind::kTrue && kind != Json::Kind::kFalse) refuse("exists is true or false");
      return {.kind = kind == Json::Kind::kTrue ? Kind::kExists : Kind::kAbsent};
    }
    if (name == "cidr") return read_cidr(one_string(index));
    if (name == "numeric") return read_numeric(index);
    if (name == "anything-but") return read_anything_but(index);
    if ((name == "prefix" || name == "suffix") && kind == Json::Kind::kObject) {
      const std::size_t inner = only_child(index);
      if (node(inner).name != "equals-ignore-case") refuse(node(inner).name + " cannot be inside " + name);
      return {.kind = name == "prefix" ? Kind::kPrefixIgnoreCase : Kind::kSuffixIgnoreCase,
              .texts = {one_string(inner)}};
    }
    const auto found = kTextOperators.find(name);
    if (found == kTextOperators.end()) refuse(name + " is no operator");
    Alternative out{.kind = found->second, .texts = {one_string(index)}};
    if (out.kind == Kind::kWildcard && !is_wildcard(out.texts[0])) refuse("this is no wildcard");
    return out;
  }

  std::string one_string(std::size_t index) const {
    if (node(index).kind != Json::Kind::kString) refuse(node(index).name + " takes one string");
    return node(index).text;
  }

  Alternative read_anything_but(std::size_t index) {
    Alternative out{.anything_but = true, .type = node(index).kind};
    switch (node(index).kind) {
      case Json::Kind::kString:
        out.texts = {node(index).text};
        return out;
      case Json::Kind::kNumber:
        require_comparable(index);
        out.texts = {node(index).text};
        return out;
      case Json::Kind::kArray:
        if (node(index).children.empty()) refuse("anything-but has an empty list");
        out.type = node(node(index).children[0]).kind;
        if (out.type != Json::Kind::kString && out.type != Json::Kind::kNumber) refuse("strings or numbers only");
        for (const std::size_t child : node(index).children) {
          if (node(child).kind != out.type) refuse("anything-but mixes types");
          if (out.type == Json::Kind::kNumber) require_comparable(child);
          out.texts.push_back(node(child).text);
        }
        return out;
      case Json::Kind::kObject:
        return read_anything_but_operator(only_child(index));
      default:
        refuse("anything-but takes a string, a number, a list or an operator");
    }
  }

  Alternative read_anything_but_operator(std::size_t index) {
    const auto found = kTextOperators.find(node(index).name);
    if (found == kTextOperators.end()) refuse(node(index).name + " cannot be inside anything-but");
    Alternative out{.kind = found->second, .anything_but = true};
    if (node(index).kind == Json::Kind::kArray)
      for (const std::size_t child : node(index).children) out.texts.push_back(one_string(child));
    else
      out.texts.push_back(one_string(index));
    if (out.texts.empty()) refuse("anything-but has an empty list");
    for (const std::string& text : out.texts) {
      if (text.empty() && (out.kind == Kind::kPrefix || out.kind == Kind::kSuffix)) refuse("this excludes all strings");
      if (out.kind == Kind::kWildcard && !is_wildcard(text)) refuse("this is no wildcard");
    }
    return out;
  }

  double require_comparable(std::size_t index) const {
    if (node(index).kind != Json::Kind::kNumber) refuse("a number is wanted");
    const auto value = comparable(node(index).text);
    if (!value) refuse("this number cannot be compared");
    return *value;
  }

  Alternative read_numeric(std::size_t index) {
    if (node(index).kind != Json::Kind::kArray) refuse("numeric takes a list");
    const std::vector<std::size_t>& list = node(index).children;
    if (list.size() != 2 && list.size() != 4) refuse("numeric takes one comparison or two");
    Alternative out{.kind = Kind::kNumeric};
    for (std::size_t i = 0; i < list.size(); i += 2) {
      if (node(list[i]).kind != Json::Kind::kString) refuse("a comparison is wanted");
      const std::string& sign = node(list[i]).text;
      const double value = require_comparable(list[i + 1]);
      if (i == 0 && (sign == "=" || sign == ">" || sign == ">=")) {
        out.low_sign = sign;
        out.low = value;
      } else if ((sign == "<" || sign == "<=") && (i == 0 || out.low_sign == ">" || out.low_sign == ">=")) {
        out.high_sign = sign;
        out.high = value;
      } else {
        refuse("numeric does not take this");
      }
    }
    if (list.size() == 4 && !(out.low < out.high)) refuse("the lower bound is not lower");
    return out;
  }

  static Alternative read_cidr(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos || text.find('/', slash + 1) != std::string::npos) refuse("cidr has one slash");
    const auto address = parse_address(std::string_view(text).substr(0, slash));
    if (!address) refuse("cidr has no address");
    std::string_view digits = std::string_view(text).substr(slash + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size()) refuse("cidr has no number of bits");
    if (bits >= address->bits.size()) refuse("cidr has too many bits");
    return {.kind = Kind::kCidr, .network = address->bits.substr(0, bits), .network_is_v4 = address->is_v4};
  }

  const Json& json_;
};

// One text of an alternative against one value of its type.
bool takes_text(const Alternative& alternative, const std::string& text, const Value& value) {
  switch (alternative.kind) {
    case Kind::kExact:
      if (value.text == text) return true;
      if (alternative.type == Json::Kind::kNumber) {
        const auto wanted = comparable(text);
        return wanted && comparable(value.text) == wanted;
      }
      if (alternative.type == Json::Kind::kString && alternative.is_bare) {
        const auto wanted = parse_address(text);  // other spellings of the same address
        return wanted && parse_address(value.text) == wanted;
      }
      return false;
    case Kind::kPrefix:
      return value.text.starts_with(text);
    case Kind::kSuffix:
      return value.text.ends_with(text);
    case Kind::kIgnoreCase:
      return equals_ignoring_case(text, value.text);
    case Kind::kPrefixIgnoreCase:
      return begins_ignoring_case(text, value.text);
    case Kind::kSuffixIgnoreCase:
      return ends_ignoring_case(text, value.text);
    case Kind::kWildcard:
      return matches_wildcard(text, value.text);
    default:
      return false;
  }
}

bool in_range(const Alternative& range, const Value& value) {
  if (value.kind != Json::Kind::kNumber) return false;
  const auto number = comparable(value.text);
  if (!number) return false;
  if (range.low_sign == "=") return *number == range.low;
  if (range.low_sign == ">" && !(*number > range.low)) return false;
  if (range.low_sign == ">=" && !(*number >= range.low)) return false;
  if (range.high_sign == "<" && !(*number < range.high)) return false;
  return range.high_sign != "<=" || *number <= range.high;
}

bool in_network(const Alternative& cidr, const Value& value) {
  if (value.kind != Json::Kind::kString) return false;
  const auto address = parse_address(value.text);
  return address && address->is_v4 == cidr.network_is_v4 && address->bits.starts_with(cidr.network);
}

}  // namespace

bool Alternative::takes(const Value& value) const {
  if (kind == Kind::kExists) return true;
  if (kind == Kind::kAbsent) return false;
  if (kind == Kind::kNumeric) return in_range(*this, value);
  if (kind == Kind::kCidr) return in_network(*this, value);
  const bool taken = value.kind == type && std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
                       return takes_text(*this, text, value);
                     });
  return taken != anything_but;
}

bool PathOrder::operator()(const std::string& a, const std::string& b) const {
  // UTF-16 sorts the characters of four bytes, made of units from D800 on, before those from E000 on.
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  const auto first = static_cast<unsigned char>(*x), second = static_cast<unsigned char>(*y);
  if ((first >= 0xF0) != (second >= 0xF0) && first >= 0xEE && second >= 0xEE) return first >= 0xF0;
  return first < second;
}

Pattern Pattern::parse(std::string_view text) {
  Pattern out;
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  const auto json = Json::parse(text);
  if (static_cast<std::size_t>(characters) > kMostCharacters) {
    out.error = "the pattern is too long";
  } else if (!json) {
    out.error = "the pattern is not JSON";
  } else {
    try {
      out.rules = Reader(*json).read();
    } catch (const Refusal& refusal) {
      out.error = refusal.why;
    }
  }
  return out;
}

}  // namespace millrace::filter::reference
