#include "operator_parser.h"

#include <string>

namespace millrace::filter {
namespace {

using Token = PatternReader::Token;

constexpr const char* kNotInLambda = "MR6003";

class OperatorParser {
 public:
  OperatorParser(PatternReader& reader, bool strict_lambda) : reader_(reader), strict_lambda_(strict_lambda) {}

  std::vector<Alternative> read_alternatives() {
    std::vector<Alternative> alternatives;
    for (Token token = reader_.next(); token != Token::kEndArray; token = reader_.next()) {
      const PatternReader::Step step(reader_, std::to_string(alternatives.size()));
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
          reader_.refuse("Match value must be String, number, true, false, or null; lists do not nest here");
      }
    }
    if (alternatives.empty()) reader_.refuse("Empty arrays are not allowed; name at least one alternative");
    return alternatives;
  }

 private:
  Alternative read_operator() {
    if (reader_.next() == Token::kEndObject)
      reader_.refuse("Match expression name not found; an operator looks like {\"prefix\": \"eu-\"}");
    const std::string name(reader_.value());
    const PatternReader::Step step(reader_, name);
    Alternative alternative = read_operand(name);
    end_operator();
    return alternative;
  }

  void end_operator() {
    if (reader_.next() != Token::kEndObject)
      reader_.refuse("Only one key allowed in match expression; put each operator into an object of its own");
  }

  Alternative read_operand(const std::string& name) {
    if (name == "exactly") {
      require_beyond_lambda(name);
      return ExactString{reader_.read_string("exact match pattern must be a string"), std::nullopt};
    }
    if (name == "prefix" || name == "suffix") return read_affix(name);
    if (name == "equals-ignore-case")
      return IgnoreCase{FoldedText(reader_.read_string("equals-ignore-case match pattern must be a string")),
                        IgnoreCase::Part::kAll};
    if (name == "wildcard") {
      require_beyond_lambda(name);
      return read_wildcard(reader_.next());
    }
    if (name == "anything-but") return read_anything_but();
    if (name == "numeric") return read_numeric();
    if (name == "cidr") {
      require_beyond_lambda(name);
      const std::string text = reader_.read_string("cidr match pattern must be a string");
      std::string fault;
      const AddressRange range = AddressRange::parse(text, fault);
      if (!fault.empty()) reader_.refuse(fault);
      return range;
    }
    if (name == "exists") {
      const Token token = reader_.next();
      if (token == Token::kTrue) return Exists{};
      if (token == Token::kFalse) return Absent{};
      reader_.refuse("exists match pattern must be either true or false.");
    }
    reader_.refuse(
        "Unrecognized match type " + name +
        "; there are exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr and exists");
  }

  void require_beyond_lambda(const std::string& what) const {
    if (strict_lambda_)
      reader_.fail(kNotInLambda, what + " is not in the Lambda guide's table of operators, and strict_lambda is on");
  }

  Alternative read_affix(const std::string& name) {
    const Token token = reader_.next();
    if (token == Token::kString) {
      std::string text(reader_.value());
      if (name == "prefix") return Prefix{std::move(text)};
      return Suffix{std::move(text)};
    }
    if (token != Token::kBeginObject) reader_.refuse(name + " match pattern must be a string");
    if (reader_.next() == Token::kEndObject)
      reader_.refuse("Match expression name not found; write {\"equals-ignore-case\": \"x\"}");
    const std::string inner(reader_.value());
    const PatternReader::Step step(reader_, inner);
    if (inner != "equals-ignore-case") reader_.refuse("Unsupported " + name + " pattern: " + inner);
    require_beyond_lambda("equals-ignore-case inside " + name);
    FoldedText text(reader_.read_string("equals-ignore-case match pattern must be a string"));
    end_operator();
    return IgnoreCase{std::move(text), name == "prefix" ? IgnoreCase::Part::kPrefix : IgnoreCase::Part::kSuffix};
  }

  Wildcard read_wildcard(Token token) {
    if (token != Token::kString) reader_.refuse("wildcard match pattern must be a string");
    const std::string_view text = reader_.value();
    if (const std::string fault = Wildcard::find_fault(text); !fault.empty()) reader_.refuse(fault);
    return Wildcard(text);
  }

  AnythingBut read_anything_but() {
    AnythingBut excluded;
    switch (reader_.next()) {
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
        reader_.refuse("Value of anything-but must be an array or single string/number value.");
    }
    return excluded;
  }

  void add_number(AnythingBut& excluded) const {
    excluded.numbers.push_back(comparable_number());
    excluded.number_spellings.emplace_back(reader_.value());
  }

  void read_excluded(AnythingBut& excluded) {
    for (Token token = reader_.next(); token != Token::kEndArray; token = reader_.next()) {
      if (token == Token::kString) {
        excluded.strings.emplace_back(reader_.value());
      } else if (token == Token::kNumber) {
        add_number(excluded);
      } else {
        reader_.refuse("Inside anything but list, start|null|boolean is not supported.");
      }
      if (!excluded.strings.empty() && !excluded.numbers.empty()) reader_.refuse(kMixed);
    }
    if (excluded.strings.empty() && excluded.numbers.empty()) reader_.refuse(kMixed + kNoEmptyList);
  }

  void read_excluded_operator(AnythingBut& excluded) {
    if (reader_.next() == Token::kEndObject)
      reader_.refuse("Match expression name not found; an operator looks like {\"prefix\": \"test-\"}");
    const std::string name(reader_.value());
    const PatternReader::Step step(reader_, name);
    if (name != "prefix" && name != "suffix" && name != "equals-ignore-case" && name != "wildcard")
      reader_.refuse("Unsupported anything-but pattern: " + name);
    require_beyond_lambda(name + " inside anything-but");
    std::size_t count = 0;
    const auto add = [&](Token token) {
      ++count;
      if (name == "wildcard") return void(excluded.wildcards.push_back(read_wildcard(token)));
      if (token != Token::kString)
        reader_.refuse(name == "equals-ignore-case"
                           ? "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
                           : "prefix/suffix match pattern must be a string");
      const std::string_view text = reader_.value();
      if (name == "equals-ignore-case") return void(excluded.folded.emplace_back(text));
      if (text.empty()) reader_.refuse("Null prefix/suffix not allowed; every string has an empty " + name);
      (name == "prefix" ? excluded.prefixes : excluded.suffixes).emplace_back(text);
    };
    if (const Token token = reader_.next(); token == Token::kBeginArray) {
      for (Token entry = reader_.next(); entry != Token::kEndArray; entry = reader_.next()) add(entry);
      if (count == 0) reader_.refuse("Empty arrays are not allowed" + kNoEmptyList);
    } else {
      add(token);
    }
    end_operator();
  }

  Numeric read_numeric() {
    if (reader_.next() != Token::kBeginArray)
      reader_.refuse("Value of numeric must be an array. Such as [\">\", 0, \"<=\", 100]");
    Numeric range;
    bool is_equal = false;
    for (Token token = reader_.next(); token != Token::kEndArray; token = reader_.next()) {
      if (range.low && range.high && !is_equal) reader_.refuse("Too many terms in numeric range expression");
      if (range.high) reader_.refuse("Too many elements in numeric expression; a range names its lower bound first");
      if (token != Token::kString) reader_.refuse("Invalid member in numeric match: one of = < <= > >= is wanted here");
      const std::string sign(reader_.value());
      if (sign != ">" && sign != ">=" && sign != "<" && sign != "<=" && sign != "=")
        reader_.refuse("Unrecognized numeric range operator: " + sign);
      const bool is_low = sign == ">" || sign == ">=";
      is_equal = sign == "=";
      if (range.low && (is_low || is_equal))
        reader_.refuse("Bad numeric range operator: " + sign + "; an upper bound (< or <=) follows a lower one");
      if (reader_.next() != Token::kNumber)
        reader_.refuse("Value of " + (is_equal ? "equals" : sign) + " must be numeric");
      const Numeric::Bound bound{comparable_number(), std::string(reader_.value()), sign.ends_with('=')};
      if (is_low || is_equal) range.low = bound;
      if (!is_low) range.high = bound;
      if (!is_equal && range.low && range.high && !(range.low->number.value < range.high->number.value))
        reader_.refuse("Bottom must be less than top");
    }
    if (!range.low && !range.high)
      reader_.refuse("Invalid member in numeric match: a comparison is wanted, such as [\">\", 0]");
    return range;
  }

  Number comparable_number() const {
    const Number number = Number::parse(reader_.value());
    if (!number.comparable)
      reader_.refuse("Cannot compare number : " + std::string(reader_.value()) +
                     "; no 64-bit floating-point number is written so");
    return number;
  }

  static inline const std::string kMixed =
      "Inside anything but list, either all values are number or string, mixed type is not supported";
  static inline const std::string kNoEmptyList = "; an empty list excludes nothing";

  PatternReader& reader_;
  bool strict_lambda_;
};

}  // namespace

std::vector<Alternative> read_alternatives(PatternReader& reader, bool strict_lambda) {
  return OperatorParser(reader, strict_lambda).read_alternatives();
}

}  // namespace millrace::filter
