#include "runtime/config/node.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace millrace::config {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_of(std::string_view text, bool (*accepts)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), accepts);
}

bool is_octal(std::string_view text) {
  return text.starts_with("0o") && all_of(text.substr(2), [](char c) { return c >= '0' && c <= '7'; });
}

bool is_hexadecimal(std::string_view text) {
  return text.starts_with("0x") &&
         all_of(text.substr(2), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

bool is_decimal(std::string_view text) {
  return all_of(without_sign(text), is_digit);
}

bool is_infinity(std::string_view text) {
  text = without_sign(text);
  return text == ".inf" || text == ".Inf" || text == ".INF";
}

bool is_not_a_number(std::string_view text) {
  return text == ".nan" || text == ".NaN" || text == ".NAN";
}

// The parts of [-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
struct Decimal {
  bool negative = false;
  std::string_view whole, fraction, exponent;  // exponent with its letter and sign
  bool has_point = false;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal d;
  d.negative = text.starts_with('-');
  text = without_sign(text);
  auto take_digits = [&text] {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n])) ++n;
    std::string_view digits = text.substr(0, n);
    text.remove_prefix(n);
    return digits;
  };
  d.whole = take_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    d.has_point = true;
    d.fraction = take_digits();
  }
  if (d.whole.empty() && d.fraction.empty()) return std::nullopt;
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    if (!all_of(without_sign(text.substr(1)), is_digit)) return std::nullopt;
    d.exponent = text;
    text = {};
  }
  if (!text.empty()) return std::nullopt;
  return d;
}

bool append_verbatim(const Node& node, std::string& out, Place* bad) {
  switch (node.kind) {
    case Node::Kind::kSequence:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        if (!append_verbatim(node.items[i], out, bad)) return false;
      }
      out += ']';
      return true;
    case Node::Kind::kMapping:
      out += '{';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        out += json_quote(node.keys[i]) + ":";
        if (!append_verbatim(node.items[i], out, bad)) return false;
      }
      out += '}';
      return true;
    case Node::Kind::kScalar:
      break;
  }
  switch (scalar_type(node)) {
    case ScalarType::kNull:
      out += "null";
      return true;
    case ScalarType::kBoolean:
      out += node.text[0] == 't' || node.text[0] == 'T' ? "true" : "false";
      return true;
    case ScalarType::kString:
      out += json_quote(node.text);
      return true;
    case ScalarType::kInteger:
    case ScalarType::kNumber:
      break;
  }
  const auto number = to_json_number(node);
  if (!number) {
    if (bad != nullptr) *bad = node.place;
    return false;
  }
  out += *number;
  return true;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == key) return &items[i];
  return nullptr;
}

ScalarType scalar_type(const Node& scalar) {
  const std::string_view text = scalar.text;
  if (scalar.quoted) return ScalarType::kString;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return ScalarType::kNull;
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" || text == "FALSE")
    return ScalarType::kBoolean;
  if (is_decimal(text) || is_octal(text) || is_hexadecimal(text)) return ScalarType::kInteger;
  if (is_infinity(text) || is_not_a_number(text) || parse_decimal(text)) return ScalarType::kNumber;
  return ScalarType::kString;
}

std::optional<std::int64_t> to_integer(const Node& scalar) {
  if (scalar_type(scalar) != ScalarType::kInteger) return std::nullopt;
  std::string_view text = scalar.text;
  int base = 10;
  if (is_octal(text)) base = 8;
  if (is_hexadecimal(text)) base = 16;
  text.remove_prefix(base != 10 ? 2 : text.starts_with('+') ? 1 : 0);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> to_number(const Node& scalar) {
  const ScalarType type = scalar_type(scalar);
  if (type != ScalarType::kInteger && type != ScalarType::kNumber) return std::nullopt;
  if (const auto whole = to_integer(scalar)) return static_cast<double>(*whole);
  const std::string_view text = scalar.text;
  if (is_not_a_number(text)) return std::numeric_limits<double>::quiet_NaN();
  if (is_infinity(text)) return text.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
  double value = 0;
  if (is_octal(text) || is_hexadecimal(text)) {  // does not fit 64 bits
    const int base = is_octal(text) ? 8 : 16;
    for (const char c : text.substr(2)) {
      const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
      value = value * base + digit;
    }
    return value;
  }
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range) return text.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
  return value;
}

std::optional<std::string> to_json_number(const Node& scalar) {
  const std::string_view text = scalar.text;
  const ScalarType type = scalar_type(scalar);
  if (type != ScalarType::kInteger && type != ScalarType::kNumber) return std::nullopt;
  if (is_infinity(text) || is_not_a_number(text)) return std::nullopt;
  if (is_octal(text) || is_hexadecimal(text)) {
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data() + 2, text.data() + text.size(), value, is_octal(text) ? 8 : 16);
    if (error != std::errc()) return std::nullopt;
    return std::to_string(value);
  }
  const auto d = parse_decimal(text);
  if (!d) return std::nullopt;
  std::string_view whole = d->whole;
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  std::string out = d->negative ? "-" : "";
  out += whole.empty() ? std::string_view("0") : whole;
  if (d->has_point) {
    out += '.';
    out += d->fraction.empty() ? std::string_view("0") : d->fraction;
  }
  out += d->exponent;
  return out;
}

std::optional<std::string> to_verbatim_json(const Node& node, Place* bad) {
  std::string out;
  if (!append_verbatim(node, out, bad)) return std::nullopt;
  return out;
}

std::string json_quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

std::string child_pointer(std::string_view parent, std::string_view key) {
  std::string out(parent);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view describe(const Node& node) {
  if (node.is_sequence()) return "a list";
  if (node.is_mapping()) return "a mapping";
  switch (scalar_type(node)) {
    case ScalarType::kNull:
      return "empty";
    case ScalarType::kBoolean:
      return "true or false";
    case ScalarType::kInteger:
      return "a whole number";
    case ScalarType::kNumber:
      return "a number";
    case ScalarType::kString:
      break;
  }
  return "text";
}

}  // namespace millrace::config
