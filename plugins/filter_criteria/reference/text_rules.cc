#include "text_rules.h"

#include <array>
#include <charconv>
#include <map>
#include <set>
#include <sstream>
#include <vector>

namespace millrace::filter::reference {
namespace {

// A number as its significant digits, without zeros at either end, and the power of ten of the last one.
struct Decimal {
  bool negative = false;
  std::string digits;
  long long exponent = 0;
  bool operator==(const Decimal&) const = default;
};

Decimal decimal(std::string_view text) {
  Decimal out;
  std::size_t i = 0;
  if (i < text.size() && text[i] == '-') {
    out.negative = true;
    ++i;
  }
  bool behind_point = false;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      behind_point = true;
    } else {
      out.digits += text[i];
      if (behind_point) --out.exponent;
    }
  }
  if (i < text.size()) {
    ++i;
    const bool negative = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    long long exponent = 0;
    for (; i < text.size(); ++i)
      if (exponent < 1'000'000'000'000) exponent = exponent * 10 + (text[i] - '0');
    out.exponent += negative ? -exponent : exponent;
  }
  while (!out.digits.empty() && out.digits.back() == '0') {
    out.digits.pop_back();
    ++out.exponent;
  }
  out.digits.erase(0, out.digits.find_first_not_of('0'));
  if (out.digits.empty()) return {};  // every zero is the same
  return out;
}

void append_utf8(std::string& out, unsigned unit) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (unit < 0x80) {
    put(unit);
  } else if (unit < 0x800) {
    put(0xC0 | (unit >> 6));
    put(0x80 | (unit & 0x3F));
  } else {
    put(0xE0 | (unit >> 12));
    put(0x80 | ((unit >> 6) & 0x3F));
    put(0x80 | (unit & 0x3F));
  }
}

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 4 <= hex.size(); i += 4) {
    unsigned unit = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 4, unit, 16);
    append_utf8(out, unit);
  }
  return out;
}

using Cases = std::map<std::string, std::set<std::string>, std::less<>>;

const Cases& case_table() {
  static const Cases table = [] {
    Cases out;
    for (char c = 'a'; c <= 'z'; ++c) {
      const char upper = static_cast<char>(c - 'a' + 'A');
      out[std::string(1, c)] = out[std::string(1, upper)] = {std::string(1, c), std::string(1, upper)};
    }
    std::istringstream lines(
#include "case_units.inc"
    );
    for (std::string unit, lower, upper; lines >> unit >> lower >> upper;)
      out[from_hex(unit)] = {from_hex(lower), from_hex(upper)};
    return out;
  }();
  return table;
}

std::size_t character_size(char first) {
  const auto c = static_cast<unsigned char>(first);
  return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

// All places where the pattern may end in the text when it begins at one of `starts`. Each character of the pattern
// stands for its lower and its upper case; those beyond the basic plane, which take two UTF-16 units, for themselves.
std::set<std::size_t> ends_of(std::string_view pattern, std::string_view text, std::set<std::size_t> starts) {
  for (std::size_t i = 0; i < pattern.size() && !starts.empty();) {
    const std::string_view character = pattern.substr(i, character_size(pattern[i]));
    i += character.size();
    const auto found = case_table().find(character);
    const std::set<std::string> forms =
        found != case_table().end() ? found->second : std::set<std::string>{std::string(character)};
    std::set<std::size_t> next;
    for (const std::size_t start : starts)
      for (const std::string& form : forms)
        if (text.substr(start, form.size()) == form) next.insert(start + form.size());
    starts = std::move(next);
  }
  return starts;
}

std::optional<Address> parse_v4(std::string_view text) {
  if (text.size() > 15) return std::nullopt;
  std::string bits;
  std::size_t parts = 0;
  for (std::size_t i = 0; i <= text.size(); ++i, ++parts) {
    unsigned part = 0;
    const std::size_t start = i;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && part <= 255; ++i)
      part = part * 10 + static_cast<unsigned>(text[i] - '0');
    if (i == start || part > 255 || (i < text.size() && text[i] != '.')) return std::nullopt;
    for (int bit = 7; bit >= 0; --bit) bits += (part >> bit & 1) != 0 ? '1' : '0';
  }
  if (parts != 4) return std::nullopt;
  return Address{true, bits};
}

// One side of the `::`, or the whole: groups of hexadecimal digits with a colon between them.
bool groups(std::string_view text, std::vector<unsigned>& out) {
  if (text.empty()) return true;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const std::size_t end = std::min(text.find(':', i), text.size());
    unsigned group = 0;
    const auto [stop, error] = std::from_chars(text.data() + i, text.data() + end, group, 16);
    if (end == i || error != std::errc() || stop != text.data() + end || group > 0xFFFF) return false;
    out.push_back(group);
    i = end;
  }
  return true;
}

std::optional<Address> parse_v6(std::string_view text) {
  std::vector<unsigned> head, tail;
  if (const std::size_t gap = text.find("::"); gap == std::string_view::npos) {
    if (!groups(text, head) || head.size() != 8) return std::nullopt;
  } else {
    if (!groups(text.substr(0, gap), head) || !groups(text.substr(gap + 2), tail)) return std::nullopt;
    if (head.size() + tail.size() > 7) return std::nullopt;
    head.resize(8 - tail.size());
    head.insert(head.end(), tail.begin(), tail.end());
  }
  std::string bits;
  for (const unsigned group : head)
    for (int bit = 15; bit >= 0; --bit) bits += (group >> bit & 1) != 0 ? '1' : '0';
  const std::string mapped = std::string(80, '0') + std::string(16, '1');  // ::ffff:a.b.c.d counts as a.b.c.d
  if (bits.starts_with(mapped)) return Address{true, bits.substr(mapped.size())};
  return Address{false, bits};
}

}  // namespace

std::optional<double> comparable(std::string_view number) {
  const Decimal exact = decimal(number);
  if (exact.digits.empty()) return 0.0;
  double nearest = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), nearest);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  // Without the exponent a large whole number would be written in full, digits that the double does not need included.
  std::array<char, 64> shortest{};
  const auto written =
      std::to_chars(shortest.data(), shortest.data() + shortest.size(), nearest, std::chars_format::scientific);
  const auto length = static_cast<std::size_t>(written.ptr - shortest.data());
  if (!(decimal({shortest.data(), length}) == exact)) return std::nullopt;
  return nearest;
}

std::optional<Address> parse_address(std::string_view text) {
  return text.find('.') != std::string_view::npos   ? parse_v4(text)
         : text.find(':') != std::string_view::npos ? parse_v6(text)
                                                    : std::nullopt;
}

bool equals_ignoring_case(std::string_view pattern, std::string_view text) {
  return ends_of(pattern, text, {0}).contains(text.size());
}

bool begins_ignoring_case(std::string_view pattern, std::string_view text) {
  return !ends_of(pattern, text, {0}).empty();
}

bool ends_ignoring_case(std::string_view pattern, std::string_view text) {
  // No character has a form longer than 6 bytes, so only the last bytes can be where it begins.
  std::set<std::size_t> starts;
  for (std::size_t i = text.size() - std::min(text.size(), 6 * pattern.size()); i <= text.size(); ++i) starts.insert(i);
  return ends_of(pattern, text, starts).contains(text.size());
}

bool is_wildcard(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (++i == pattern.size() || (pattern[i] != '*' && pattern[i] != '\\')) return false;
    } else if (pattern[i] == '*' && i + 1 < pattern.size() && pattern[i + 1] == '*') {
      return false;
    }
  }
  return true;
}

bool matches_wildcard(std::string_view pattern, std::string_view text) {
  std::vector<std::string> parts(1);  // between the stars
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*')
      parts.emplace_back();
    else
      parts.back() += pattern[i] == '\\' ? pattern[++i] : pattern[i];
  }
  if (parts.size() == 1) return text == parts[0];
  if (!text.starts_with(parts.front())) return false;
  text.remove_prefix(parts.front().size());
  if (!text.ends_with(parts.back())) return false;
  text.remove_suffix(parts.back().size());
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {  // the leftmost place leaves most for the others
    const std::size_t found = text.find(parts[i]);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + parts[i].size());
  }
  return true;
}

}  // namespace millrace::filter::reference
