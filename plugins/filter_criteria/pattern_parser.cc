// Turns a pattern's text into rules, by recursive descent over JsonReader's tokens.
//
// $or copies the rules read so far once for each of its objects; what follows is read into all copies. A path that
// occurs again replaces what stood there, in whichever copies it is read into: later text wins.
#include <algorithm>
#include <array>
#include <map>

#include "json_reader.h"
#include "pattern.h"

namespace filter_criteria {
namespace {

using Token = JsonReader::Token;
using Fields = std::map<std::string, std::vector<Alternative>>;

constexpr const char* kNotJson = "MR6001";
constexpr const char* kNotAPattern = "MR6002";
constexpr const char* kNotInThisVersion = "MR6003";
constexpr const char* kTooLong = "MR6004";
constexpr const char* kNotFilterable = "MR6006";
constexpr const char* kTooWide = "MR6007";

constexpr std::array<std::string_view, 3> kLaterOperators = {"equals-ignore-case", "wildcard", "cidr"};

// Inside $or a member with one of these names is more likely a misplaced operator than a field.
constexpr std::array<std::string_view, 24> kReservedInOr = {"exactly",
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

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), reader_(text) {}

  Pattern parse() {
    if (!is_utf8(text_)) fail(kNotJson, "the pattern is not UTF-8");
    if (const std::size_t count = characters(text_.size()); count > kMostCharacters)
      fail(kTooLong, "the pattern has " + std::to_string(count) + " characters; at most " +
                         std::to_string(kMostCharacters) + " are allowed");
    if (next() != Token::kBeginObject)
      fail(kNotAPattern, "a pattern is a JSON object, such as {\"value\": {\"status\": [\"shipped\"]}}");
    std::vector<Fields> rules(1);
    read_object("", false, rules);
    next();  // the end, or a fault: text after the object
    return finished(rules);
  }

 private:
  // Adds a step to the place that an error names, for as long as it lives.
  class Step {
   public:
    Step(Parser& parser, std::string_view name) : parser_(parser), before_(parser.place_.size()) {
      parser.place_ += '/';
      for (const char c : name) {
        if (c == '~')
          parser.place_ += "~0";
        else if (c == '/')
          parser.place_ += "~1";
        else
          parser.place_ += c;
      }
    }
    ~Step() { parser_.place_.resize(before_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Parser& parser_;
    std::size_t before_;
  };

  std::size_t characters(std::size_t bytes) const {
    return static_cast<std::size_t>(std::count_if(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(bytes),
                                                  [](char c) { return (c & 0xC0) != 0x80; }));
  }

  [[noreturn]] void fail(const char* id, const std::string& message) const {
    PatternError error(message);
    error.id = id;
    error.place = place_;
    error.character = characters(std::min(reader_.offset(), text_.size())) + 1;
    throw error;
  }

  Token next() {
    const Token token = reader_.next();
    if (token == Token::kFault) fail(kNotJson, std::string("the pattern is not JSON: ") + reader_.fault());
    return token;
  }

  void read_object(const std::string& path, bool inside_or, std::vector<Fields>& rules) {
    std::size_t members = 0;
    for (Token token = next(); token != Token::kEndObject; token = next(), ++members) {
      const std::string name(reader_.value());
      const Step step(*this, name);
      if (name == "$or") {
        read_or(path, rules);
        continue;
      }
      if (inside_or && contains(kReservedInOr, name))
        fail(kNotAPattern, quoted(name) + " is an operator and cannot be a field inside $or; write {\"field\": [{" +
                               quoted(name) + ": …}]}");
      if (path.empty()) require_filterable(name);
      read_field(path.empty() ? name : path + "." + name, inside_or, rules);
    }
    if (members == 0) fail(kNotAPattern, "an object in a pattern needs at least one field");
  }

  // Kafka records are filtered by their value alone.
  void require_filterable(const std::string& name) const {
    if (name == "value" || name.starts_with("value.")) return;
    if (name == "key" || name == "headers" || name == "topic" || name == "partition" || name == "offset" ||
        name == "timestamp")
      fail(kNotFilterable,
           quoted(name) + " needs record_fields, which is not in this version; only \"value\" can be filtered");
    fail(kNotFilterable, quoted(name) +
                             " is not part of a Kafka record; only \"value\" can be filtered: {\"value\": {" +
                             quoted(name) + ": …}}");
  }

  void read_field(const std::string& path, bool inside_or, std::vector<Fields>& rules) {
    const Token token = next();
    if (token == Token::kBeginObject) return read_object(path, inside_or, rules);
    if (token != Token::kBeginArray) {
      const std::string shown = token == Token::kString ? quoted(reader_.value()) : std::string(reader_.value());
      fail(kNotAPattern,
           "a field takes a list of alternatives or an object of fields, not a single value; write [" + shown + "]");
    }
    const std::vector<Alternative> alternatives = read_alternatives();
    for (Fields& fields : rules) {
      fields[path] = alternatives;
      if (fields.size() > kMostPaths)
        fail(kTooWide, "more than " + std::to_string(kMostPaths) + " fields are combined here");
    }
  }

  void read_or(const std::string& path, std::vector<Fields>& rules) {
    if (next() != Token::kBeginArray) fail(kNotAPattern, "$or takes a list of objects");
    std::vector<Fields> forked;
    std::size_t branches = 0;
    for (Token token = next(); token != Token::kEndArray; token = next(), ++branches) {
      const Step step(*this, std::to_string(branches));
      if (token != Token::kBeginObject) fail(kNotAPattern, "$or takes objects only");
      std::vector<Fields> branch = rules;
      read_object(path, true, branch);
      if (forked.size() + branch.size() > kMostRules)
        fail(kTooWide, "the $or of this pattern multiply to more than " + std::to_string(kMostRules) + " combinations");
      std::move(branch.begin(), branch.end(), std::back_inserter(forked));
    }
    if (branches < 2) fail(kNotAPattern, "$or needs at least two objects");
    rules = std::move(forked);
  }

  std::vector<Alternative> read_alternatives() {
    std::vector<Alternative> alternatives;
    for (Token token = next(); token != Token::kEndArray; token = next()) {
      const Step step(*this, std::to_string(alternatives.size()));
      const std::string text(reader_.value());
      switch (token) {
        case Token::kString:
          alternatives.emplace_back(ExactString{text});
          break;
        case Token::kNumber:
          alternatives.emplace_back(ExactNumber{text, Number::parse(text)});
          break;
        case Token::kTrue:
        case Token::kFalse:
        case Token::kNull:
          alternatives.emplace_back(ExactLiteral{text});
          break;
        case Token::kBeginObject:
          alternatives.push_back(read_operator());
          break;
        default:
          fail(kNotAPattern, "an alternative is a string, a number, true, false, null or an operator, not a list");
      }
    }
    if (alternatives.empty()) fail(kNotAPattern, "an empty list of alternatives matches nothing; name at least one");
    return alternatives;
  }

  Alternative read_operator() {
    if (next() == Token::kEndObject) fail(kNotAPattern, "an operator is missing here, such as {\"prefix\": \"eu-\"}");
    const std::string name(reader_.value());
    const Step step(*this, name);
    Alternative alternative = read_operand(name);
    if (next() != Token::kEndObject)
      fail(kNotAPattern, "an operator stands alone in its object; put each into an object of its own");
    return alternative;
  }

  Alternative read_operand(const std::string& name) {
    if (name == "exactly") return ExactString{read_string(name)};
    if (name == "prefix") return Prefix{read_string(name)};
    if (name == "suffix") return Suffix{read_string(name)};
    if (name == "anything-but") return read_anything_but();
    if (name == "numeric") return read_numeric();
    if (name == "exists") {
      const Token token = next();
      if (token == Token::kTrue) return Exists{};
      if (token == Token::kFalse) return Absent{};
      fail(kNotAPattern, "exists takes true or false");
    }
    refuse_operator(name, "exactly, prefix, suffix, anything-but, numeric and exists");
  }

  [[noreturn]] void refuse_operator(const std::string& name, const char* known) const {
    if (contains(kLaterOperators, name)) fail(kNotInThisVersion, quoted(name) + " is not in this version");
    fail(kNotAPattern, quoted(name) + " is not an operator here; there are " + known);
  }

  std::string read_string(const std::string& name) {
    const Token token = next();
    if (token == Token::kString) return std::string(reader_.value());
    if (token == Token::kBeginObject && (name == "prefix" || name == "suffix") && next() == Token::kKey) {
      const std::string inner(reader_.value());
      refuse_operator(inner, "none besides equals-ignore-case, which is not in this version");
    }
    fail(kNotAPattern, name + " takes one string");
  }

  AnythingBut read_anything_but() {
    AnythingBut excluded;
    switch (next()) {
      case Token::kString:
        excluded.strings.emplace_back(reader_.value());
        break;
      case Token::kNumber:
        excluded.numbers.push_back(comparable_number());
        break;
      case Token::kBeginArray:
        read_excluded(excluded);
        break;
      case Token::kBeginObject:
        read_excluded_operator(excluded);
        break;
      default:
        fail(kNotAPattern,
             "anything-but takes a string, a number, a list of either, or {\"prefix\": …} or {\"suffix\": …}");
    }
    return excluded;
  }

  void read_excluded(AnythingBut& excluded) {
    for (Token token = next(); token != Token::kEndArray; token = next()) {
      if (token == Token::kString) {
        excluded.strings.emplace_back(reader_.value());
      } else if (token == Token::kNumber) {
        excluded.numbers.push_back(comparable_number());
      } else {
        fail(kNotAPattern, "a list in anything-but takes strings or numbers only");
      }
      if (!excluded.strings.empty() && !excluded.numbers.empty())
        fail(kNotAPattern, "a list in anything-but is all strings or all numbers, not both");
    }
    if (excluded.strings.empty() && excluded.numbers.empty())
      fail(kNotAPattern, "an empty list in anything-but excludes nothing; name at least one value");
  }

  void read_excluded_operator(AnythingBut& excluded) {
    if (next() == Token::kEndObject) fail(kNotAPattern, "an operator is missing here, such as {\"prefix\": \"test-\"}");
    const std::string name(reader_.value());
    const Step step(*this, name);
    if (name != "prefix" && name != "suffix") refuse_operator(name, "prefix and suffix inside anything-but");
    std::vector<std::string>& texts = name == "prefix" ? excluded.prefixes : excluded.suffixes;
    const auto add = [&](Token token) {
      if (token != Token::kString)
        fail(kNotAPattern, name + " inside anything-but takes a string or a list of strings");
      if (reader_.value().empty()) fail(kNotAPattern, "every string has an empty " + name + ", so nothing could match");
      texts.emplace_back(reader_.value());
    };
    if (const Token token = next(); token == Token::kBeginArray) {
      for (Token entry = next(); entry != Token::kEndArray; entry = next()) add(entry);
      if (texts.empty()) fail(kNotAPattern, "an empty list in anything-but excludes nothing; name at least one value");
    } else {
      add(token);
    }
    if (next() != Token::kEndObject)
      fail(kNotAPattern, "an operator stands alone in its object; put each into an object of its own");
  }

  Numeric read_numeric() {
    if (next() != Token::kBeginArray) fail(kNotAPattern, "numeric takes a list, such as [\">\", 0, \"<=\", 100]");
    Numeric range;
    for (Token token = next(); token != Token::kEndArray; token = next()) {
      if (token != Token::kString) fail(kNotAPattern, "numeric wants one of = < <= > >= here");
      const std::string sign(reader_.value());
      const bool is_low = sign == ">" || sign == ">=";
      if (!is_low && sign != "<" && sign != "<=" && sign != "=")
        fail(kNotAPattern, quoted(sign) + " is not a comparison; there are = < <= > >=");
      if (range.high || (range.low && (is_low || sign == "=")))
        fail(kNotAPattern,
             "numeric takes one comparison, or a lower bound (> or >=) followed by an upper one (< or <=)");
      if (next() != Token::kNumber) fail(kNotAPattern, "numeric wants a number after " + sign);
      const double value = comparable_number().value;
      const Numeric::Bound bound{value, sign.ends_with('=')};
      if (is_low || sign == "=") range.low = bound;
      if (!is_low) range.high = bound;
      if (sign != "=" && range.low && range.high && !(range.low->value < range.high->value))
        fail(kNotAPattern, "the lower bound of a numeric range must be less than the upper one");
    }
    if (!range.low && !range.high) fail(kNotAPattern, "numeric needs a comparison, such as [\">\", 0]");
    return range;
  }

  Number comparable_number() const {
    const Number number = Number::parse(reader_.value());
    if (!number.comparable)
      fail(kNotAPattern, std::string(reader_.value()) +
                             " cannot be compared: no 64-bit floating-point number has exactly this value");
    return number;
  }

  Pattern finished(std::vector<Fields>& rules) const {
    Pattern pattern;
    for (Fields& fields : rules) {
      if (fields.size() > 1 && fields.contains("value"))
        fail(kNotAPattern, "\"value\" cannot be plain text and JSON at once; use two filters");
      Rule& rule = pattern.emplace_back();
      for (auto& [path, alternatives] : fields) rule.fields.push_back({path, std::move(alternatives)});
    }
    return pattern;
  }

  std::string_view text_;
  JsonReader reader_;
  std::string place_;
};

}  // namespace

Pattern parse_pattern(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace filter_criteria
