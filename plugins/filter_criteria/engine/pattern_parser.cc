// Turns a pattern's text into rules, by recursive descent: fields, $or and limits here, lists in operator_parser.cc.
//
// $or copies the rules read so far once for each of its objects; what follows is read into all copies. A path that
// occurs again replaces what stood there, in whichever copies it is read into: later text wins.
#include <algorithm>
#include <array>
#include <map>

#include "operator_parser.h"
#include "pattern.h"
#include "pattern_reader.h"
#include "utf8.h"

namespace millrace::filter {
namespace {

using Token = PatternReader::Token;
using Fields = std::map<std::string, std::vector<Alternative>>;

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
    if (!is_utf8(text_)) reader_.fail(PatternReader::kNotJson, "The pattern is not UTF-8");
    if (const std::size_t count = characters(); count > options_.maximum_characters)
      reader_.fail(kTooLong, "The pattern has " + std::to_string(count) + " characters; at most " +
                                 std::to_string(options_.maximum_characters) + " are allowed");
    if (reader_.next() != Token::kBeginObject)
      reader_.refuse("Filter is not an object; a pattern looks like {\"value\": {\"status\": [\"shipped\"]}}");
    std::vector<Fields> rules(1);
    read_object("", true, false, rules);
    reader_.next();  // the end, or a fault: text after the object
    return finished(rules);
  }

 private:
  std::size_t characters() const {
    return static_cast<std::size_t>(
        std::count_if(text_.begin(), text_.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  void read_object(const std::string& path, bool is_top, bool inside_or, std::vector<Fields>& rules) {
    std::size_t members = 0;
    for (Token token = reader_.next(); token != Token::kEndObject; token = reader_.next(), ++members) {
      const std::string name(reader_.value());
      const PatternReader::Step step(reader_, name);
      if (name == "$or") {
        read_or(path, is_top, rules);
        continue;
      }
      if (inside_or && contains(kReservedInOr, name))
        reader_.refuse(name +
                       " is Ruler reserved fieldName which cannot be used inside $or. An operator stands in a list: "
                       "{\"field\": [{" +
                       quoted(name) + ": …}]}");
      if (is_top && options_.root == Root::kRecord) require_filterable(name);
      read_field(is_top ? name : path + "." + name, name, inside_or, rules);
    }
    if (members == 0) reader_.refuse("Empty objects are not allowed; name at least one field");
  }

  void require_filterable(const std::string& name) const {
    const std::string first = name.substr(0, name.find('.'));
    if (first == "value") return;
    if (!contains(kRecordFields, first))
      reader_.fail(
          kNotFilterable,
          quoted(name) + " is not part of a Kafka record" +
              (options_.record_fields ? "; there are value, key, headers, topic, partition, offset and timestamp"
                                      : "; only \"value\" can be filtered: {\"value\": {" + quoted(name) + ": …}}"));
    if (!options_.record_fields)
      reader_.fail(kNotFilterable,
                   quoted(name) + " can be filtered only with record_fields: true; AWS filters by \"value\" alone");
    if (first == name || first == "key" || first == "headers") return;
    refuse_nesting(first);
  }

  [[noreturn]] void refuse_nesting(const std::string& name) const {
    reader_.fail(kNotFilterable,
                 quoted(name) + " is a single value, not an object; write {" + quoted(name) + ": [...]}");
  }

  void read_field(const std::string& path, const std::string& name, bool inside_or, std::vector<Fields>& rules) {
    const Token token = reader_.next();
    if (token == Token::kBeginObject) {
      if (options_.root == Root::kRecord && contains(kRecordFields, path) && path != "value" && path != "key" &&
          path != "headers")
        refuse_nesting(path);
      return read_object(path, false, inside_or, rules);
    }
    if (token != Token::kBeginArray) {
      const std::string shown = token == Token::kString ? quoted(reader_.value()) : std::string(reader_.value());
      reader_.refuse(quoted(name) + " must be an object or an array; write [" + shown + "]");
    }
    if (options_.root == Root::kRecord && path == "headers")
      reader_.fail(kNotFilterable, "\"headers\" takes an object of header names: {\"headers\": {\"name\": [...]}}");
    const std::vector<Alternative> alternatives = read_alternatives(reader_, options_.strict_lambda);
    for (Fields& fields : rules) {
      fields[path] = alternatives;
      if (fields.size() > std::min(options_.maximum_paths, kMostPaths))
        reader_.fail(kTooWide, "More than " + std::to_string(options_.maximum_paths) + " fields are combined here");
    }
  }

  void read_or(const std::string& path, bool is_top, std::vector<Fields>& rules) {
    if (reader_.next() != Token::kBeginArray) reader_.refuse("It must be an Array followed with $or.");
    std::vector<Fields> forked;
    std::size_t branches = 0;
    for (Token token = reader_.next(); token != Token::kEndArray; token = reader_.next(), ++branches) {
      const PatternReader::Step step(reader_, std::to_string(branches));
      if (token != Token::kBeginObject) reader_.refuse("Only JSON object is allowed in array of $or relationship.");
      std::vector<Fields> branch = rules;
      read_object(path, is_top, true, branch);
      if (forked.size() + branch.size() > options_.maximum_rules)
        reader_.fail(kTooWide, "The $or of this pattern multiply to more than " +
                                   std::to_string(options_.maximum_rules) + " combinations");
      std::move(branch.begin(), branch.end(), std::back_inserter(forked));
    }
    if (branches < 2) reader_.refuse("There must have at least 2 Objects in $or relationship.");
    rules = std::move(forked);
  }

  Pattern finished(std::vector<Fields>& rules) const {
    Pattern pattern;
    for (Fields& fields : rules) {
      if (options_.root == Root::kRecord)
        for (const std::string field : {"value", "key"})
          if (const auto next = fields.upper_bound(field);
              fields.contains(field) && next != fields.end() && next->first.starts_with(field + "."))
            reader_.refuse(quoted(field) + " cannot be plain text and JSON at once; use two filters");
      Rule& rule = pattern.emplace_back();
      for (auto& [path, alternatives] : fields) rule.fields.push_back({path, std::move(alternatives)});
    }
    return pattern;
  }

  std::string_view text_;
  const Options& options_;
  PatternReader reader_;
};

}  // namespace

Pattern parse_pattern(std::string_view text, const Options& options) {
  return Parser(text, options).parse();
}

}  // namespace millrace::filter
