// Turns a pattern's text into rules, by recursive descent over JsonReader's tokens.
//
// $or copies the rules read so far once for each of its objects; what follows is read into all copies. A path that
// occurs again replaces what stood there, in whichever copies it is read into: later text wins.
#include <algorithm>
#include <array>
#include <map>

#include "json_reader.h"
#include "pattern.h"

namespace millrace::filter {
namespace {

using Token = JsonReader::Token;
using Fields = std::map<std::string, std::vector<Alternative>>;

constexpr const char* kNotJson = "MR6001";
constexpr const char* kNotAPattern = "MR6002";
constexpr const char* kNotInLambda = "MR6003";
constexpr const char* kTooLong = "MR6004";
constexpr const char* kNotFilterable = "MR6006";
constexpr const char* kTooWide = "MR6007";

constexpr std::array<std::string_view, 7> kRecordFields = {"value",     "key",    "headers",  "topic",
                                                           "partition", "offset", "timestamp"};

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
  Parser(std::string_view text, const Options& options) : text_(text), options_(options), reader_(text) {}

  Pattern parse() {
    if (!is_utf8(text_)) fail(kNotJson, "The pattern is not UTF-8");
    if (const std::size_t count = characters(); count > options_.maximum_characters)
      fail(kTooLong, "The pattern has " + std::to_string(count) + " characters; at most " +
                         std::to_string(options_.maximum_characters) + " are allowed");
    if (next() != Token::kBeginObject)
      fail(kNotAPattern, "Filter is not an object; a pattern looks like {\"value\": {\"status\": [\"shipped\"]}}");
    std::vector<Fields> rules(1);
    read_object("", true, false, rules);
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

  std::size_t characters() const {
    return static_cast<std::size_t>(
        std::count_if(text_.begin(), text_.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  [[noreturn]] void fail(const char* id, const std::string& message) const {
    PatternError error(message);
    error.id = id;
    error.pointer = place_;
    error.offset = std::min(reader_.offset(), text_.size());
    throw error;
  }
  [[noreturn]] void refuse(const std::string& message) const { fail(kNotAPattern, message); }

  Token next() {
    const Token token = reader_.next();
    if (token == Token::kFault) fail(kNotJson, std::string("The pattern is not JSON: ") + reader_.fault());
    return token;
  }

  void read_object(const std::string& path, bool is_top, bool inside_or, std::vector<Fields>& rules) {
    std::size_t members = 0;
    for (Token token = next(); token != Token::kEndObject; token = next(), ++members) {
      const std::string name(reader_.value());
      const Step step(*this, name);
      if (name == "$or") {
        read_or(path, is_top, rules);
        continue;
      }
      if (inside_or && contains(kReservedInOr, name))
        refuse(name +
               " is Ruler reserved fieldName which cannot be used inside $or. An operator stands in a list: "
               "{\"field\": [{" +
               quoted(name) + ": …}]}");
      if (is_top && options_.root == Root::kRecord) require_filterable(name);
      read_field(is_top ? name : path + "." + name, name, inside_or, rules);
    }
    if (members == 0) refuse("Empty objects are not allowed; name at least one field");
  }

  void require_filterable(const std::string& name) const {
    const std::string first = name.substr(0, name.find('.'));
    if (first == "value") return;
    if (!contains(kRecordFields, first))
      fail(kNotFilterable,
           quoted(name) + " is not part of a Kafka record" +
               (options_.record_fields ? "; there are value, key, headers, topic, partition, offset and timestamp"
                                       : "; only \"value\" can be filtered: {\"value\": {" + quoted(name) + ": …}}"));
    if (!options_.record_fields)
      fail(kNotFilterable,
           quoted(name) + " can be filtered only with record_fields: true; AWS filters by \"value\" alone");
    if (first == name || first == "key" || first == "headers") return;
    refuse_nesting(first);
  }

  [[noreturn]] void refuse_nesting(const std::string& name) const {
    fail(kNotFilterable, quoted(name) + " is a single value, not an object; write {" + quoted(name) + ": [...]}");
  }

  void read_field(const std::string& path, const std::string& name, bool inside_or, std::vector<Fields>& rules) {
    const Token token = next();
    if (token == Token::kBeginObject) {
      if (options_.root == Root::kRecord && contains(kRecordFields, path) && path != "value" && path != "key" &&
          path != "headers")
        refuse_nesting(path);
      return read_object(path, false, inside_or, rules);
    }
    if (token != Token::kBeginArray) {
      const std::string shown = token == Token::kString ? quoted(reader_.value()) : std::string(reader_.value());
      refuse(quoted(name) + " must be an object or an array; write [" + shown + "]");
    }
    if (options_.root == Root::kRecord && path == "headers")
      fail(kNotFilterable, "\"headers\" takes an object of header names: {\"headers\": {\"name\": [...]}}");
    const std::vector<Alternative> alternatives = read_alternatives();
    for (Fields& fields : rules) {
      fields[path] = alternatives;
      if (fields.size() > std::min(options_.maximum_paths, kMostPaths))
        fail(kTooWide, "More than " + std::to_string(options_.maximum_paths) + " fields are combined here");
    }
  }

  void read_or(const std::string& path, bool is_top, std::vector<Fields>& rules) {
    if (next() != Token::kBeginArray) refuse("It must be an Array followed with $or.");
    std::vector<Fields> forked;
    std::size_t branches = 0;
    for (Token token = next(); token != Token::kEndArray; token = next(), ++branches) {
      const Step step(*this, std::to_string(branches));
      if (token != Token::kBeginObject) refuse("Only JSON object is allowed in array of $or relationship.");
      std::vector<Fields> branch = rules;
      read_object(path, is_top, true, branch);
      if (forked.size() + branch.size() > options_.maximum_rules)
        fail(kTooWide, "The $or of this pattern multiply to more than " + std::to_string(options_.maximum_rules) +
                           " combinations");
      std::move(branch.begin(), branch.end(), std::back_inserter(forked));
    }
    if (branches < 2) refuse("There must have at least 2 Objects in $or relationship.");
    rules = std::move(forked);
  }

  std::vector<Alternative> read_alternatives() {
    std::vector<Alternative> alternatives;
    for (Token token = next(); token != Token::kEndArray; token = next()) {
      const Step step(*this, std::to_string(alternatives.size()));
      const std::string text(reader_.value());
      switch (token) {
        case Token::kString:
          alternatives.emplace_back(ExactString{text, Address::parse(text)});
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
          refuse("Match value must be String, number, true, false, or null; lists do not nest here");
      }
    }
    if (alternatives.empty()) refuse("Empty arrays are not allowed; name at least one alternative");
    return alternatives;
  }

  Alternative read_operator() {
    if (next() == Token::kEndObject)
      refuse("Match expression name not found; an operator looks like {\"prefix\": \"eu-\"}");
    const std::string name(reader_.value());
    const Step step(*this, name);
    Alternative alternative = read_operand(name);
    end_operator();
    return alternative;
  }

  void end_operator() {
    if (next() != Token::kEndObject)
      refuse("Only one key allowed in match expression; put each operator into an object of its own");
  }

  Alternative read_operand(const std::string& name) {
    if (name == "exactly") {
      require_beyond_lambda(name);
      return ExactString{read_string("exact match pattern must be a string"), std::nullopt};
    }
    if (name == "prefix" || name == "suffix") return read_affix(name);
    if (name == "equals-ignore-case")
      return IgnoreCase{FoldedText(read_string("equals-ignore-case match pattern must be a string")),
                        IgnoreCase::Part::kAll};
    if (name == "wildcard") {
      require_beyond_lambda(name);
      return read_wildcard(next());
    }
    if (name == "anything-but") return read_anything_but();
    if (name == "numeric") return read_numeric();
    if (name == "cidr") {
      require_beyond_lambda(name);
      const std::string text = read_string("cidr match pattern must be a string");
      std::string fault;
      const AddressRange range = AddressRange::parse(text, fault);
      if (!fault.empty()) refuse(fault);
      return range;
    }
    if (name == "exists") {
      const Token token = next();
      if (token == Token::kTrue) return Exists{};
      if (token == Token::kFalse) return Absent{};
      refuse("exists match pattern must be either true or false.");
    }
    refuse("Unrecognized match type " + name +
           "; there are exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr and exists");
  }

  void require_beyond_lambda(const std::string& what) const {
    if (options_.strict_lambda)
      fail(kNotInLambda, what + " is not in the Lambda guide's table of operators, and strict_lambda is on");
  }

  std::string read_string(const char* otherwise) {
    if (next() != Token::kString) refuse(otherwise);
    return std::string(reader_.value());
  }

  Alternative read_affix(const std::string& name) {
    const Token token = next();
    if (token == Token::kString) {
      std::string text(reader_.value());
      if (name == "prefix") return Prefix{std::move(text)};
      return Suffix{std::move(text)};
    }
    if (token != Token::kBeginObject) refuse(name + " match pattern must be a string");
    if (next() == Token::kEndObject) refuse("Match expression name not found; write {\"equals-ignore-case\": \"x\"}");
    const std::string inner(reader_.value());
    const Step step(*this, inner);
    if (inner != "equals-ignore-case") refuse("Unsupported " + name + " pattern: " + inner);
    require_beyond_lambda("equals-ignore-case inside " + name);
    FoldedText text(read_string("equals-ignore-case match pattern must be a string"));
    end_operator();
    return IgnoreCase{std::move(text), name == "prefix" ? IgnoreCase::Part::kPrefix : IgnoreCase::Part::kSuffix};
  }

  Wildcard read_wildcard(Token token) {
    if (token != Token::kString) refuse("wildcard match pattern must be a string");
    const std::string_view text = reader_.value();
    if (const std::string fault = Wildcard::find_fault(text); !fault.empty()) refuse(fault);
    return Wildcard(text);
  }

  AnythingBut read_anything_but() {
    AnythingBut excluded;
    switch (next()) {
      case Token::kString:
        excluded.strings.emplace_back(reader_.value());
        break;
      case Token::kNumber:
        add_number(excluded);
        break;
      case Token::kBeginArray:
        read_excluded(excluded);
        break;
      case Token::kBeginObject:
        read_excluded_operator(excluded);
        break;
      default:
        refuse("Value of anything-but must be an array or single string/number value.");
    }
    return excluded;
  }

  void add_number(AnythingBut& excluded) const {
    excluded.numbers.push_back(comparable_number());
    excluded.number_spellings.emplace_back(reader_.value());
  }

  void read_excluded(AnythingBut& excluded) {
    for (Token token = next(); token != Token::kEndArray; token = next()) {
      if (token == Token::kString) {
        excluded.strings.emplace_back(reader_.value());
      } else if (token == Token::kNumber) {
        add_number(excluded);
      } else {
        refuse("Inside anything but list, start|null|boolean is not supported.");
      }
      if (!excluded.strings.empty() && !excluded.numbers.empty()) refuse(kMixed);
    }
    if (excluded.strings.empty() && excluded.numbers.empty()) refuse(kMixed + kNoEmptyList);
  }

  void read_excluded_operator(AnythingBut& excluded) {
    if (next() == Token::kEndObject)
      refuse("Match expression name not found; an operator looks like {\"prefix\": \"test-\"}");
    const std::string name(reader_.value());
    const Step step(*this, name);
    if (name != "prefix" && name != "suffix" && name != "equals-ignore-case" && name != "wildcard")
      refuse("Unsupported anything-but pattern: " + name);
    require_beyond_lambda(name + " inside anything-but");
    std::size_t count = 0;
    const auto add = [&](Token token) {
      ++count;
      if (name == "wildcard") return void(excluded.wildcards.push_back(read_wildcard(token)));
      if (token != Token::kString)
        refuse(name == "equals-ignore-case"
                   ? "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
                   : "prefix/suffix match pattern must be a string");
      const std::string_view text = reader_.value();
      if (name == "equals-ignore-case") return void(excluded.folded.emplace_back(text));
      if (text.empty()) refuse("Null prefix/suffix not allowed; every string has an empty " + name);
      (name == "prefix" ? excluded.prefixes : excluded.suffixes).emplace_back(text);
    };
    if (const Token token = next(); token == Token::kBeginArray) {
      for (Token entry = next(); entry != Token::kEndArray; entry = next()) add(entry);
      if (count == 0) refuse("Empty arrays are not allowed" + kNoEmptyList);
    } else {
      add(token);
    }
    end_operator();
  }

  Numeric read_numeric() {
    if (next() != Token::kBeginArray) refuse("Value of numeric must be an array. Such as [\">\", 0, \"<=\", 100]");
    Numeric range;
    bool is_equal = false;
    for (Token token = next(); token != Token::kEndArray; token = next()) {
      if (range.low && range.high && !is_equal) refuse("Too many terms in numeric range expression");
      if (range.high) refuse("Too many elements in numeric expression; a range names its lower bound first");
      if (token != Token::kString) refuse("Invalid member in numeric match: one of = < <= > >= is wanted here");
      const std::string sign(reader_.value());
      if (sign != ">" && sign != ">=" && sign != "<" && sign != "<=" && sign != "=")
        refuse("Unrecognized numeric range operator: " + sign);
      const bool is_low = sign == ">" || sign == ">=";
      is_equal = sign == "=";
      if (range.low && (is_low || is_equal))
        refuse("Bad numeric range operator: " + sign + "; an upper bound (< or <=) follows a lower one");
      if (next() != Token::kNumber) refuse("Value of " + (is_equal ? "equals" : sign) + " must be numeric");
      const Numeric::Bound bound{comparable_number(), std::string(reader_.value()), sign.ends_with('=')};
      if (is_low || is_equal) range.low = bound;
      if (!is_low) range.high = bound;
      if (!is_equal && range.low && range.high && !(range.low->number.value < range.high->number.value))
        refuse("Bottom must be less than top");
    }
    if (!range.low && !range.high)
      refuse("Invalid member in numeric match: a comparison is wanted, such as [\">\", 0]");
    return range;
  }

  Number comparable_number() const {
    const Number number = Number::parse(reader_.value());
    if (!number.comparable)
      refuse("Cannot compare number : " + std::string(reader_.value()) +
             "; no 64-bit floating-point number is written so");
    return number;
  }

  Pattern finished(std::vector<Fields>& rules) const {
    Pattern pattern;
    for (Fields& fields : rules) {
      if (options_.root == Root::kRecord)
        for (const std::string field : {"value", "key"})
          if (const auto next = fields.upper_bound(field);
              fields.contains(field) && next != fields.end() && next->first.starts_with(field + "."))
            refuse(quoted(field) + " cannot be plain text and JSON at once; use two filters");
      Rule& rule = pattern.emplace_back();
      for (auto& [path, alternatives] : fields) rule.fields.push_back({path, std::move(alternatives)});
    }
    return pattern;
  }

  static inline const std::string kMixed =
      "Inside anything but list, either all values are number or string, mixed type is not supported";
  static inline const std::string kNoEmptyList = "; an empty list excludes nothing";

  std::string_view text_;
  const Options& options_;
  JsonReader reader_;
  std::string place_;
};

}  // namespace

Pattern parse_pattern(std::string_view text, const Options& options) {
  return Parser(text, options).parse();
}

}  // namespace millrace::filter
