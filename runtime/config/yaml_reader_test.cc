#include "runtime/config/yaml_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

namespace millrace::config {
namespace {

Environment variables(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

YamlRead read(std::string_view text) {
  return read_yaml(text, "a.yaml",
                   variables({{"HOST", "b1:9092"}, {"SIZE", "10"}, {"EMPTY", ""}, {"SNEAKY", "${HOST}\nx: 1"}}));
}

std::string problem(std::string_view text) {
  const YamlRead result = read(text);
  EXPECT_FALSE(result.root.has_value()) << text.substr(0, 200);
  std::string out;
  for (const Diagnostic& d : result.diagnostics) out += (out.empty() ? "" : "\n") + d.to_string();
  return out;
}

ScalarType type_of(std::string_view value) {
  const YamlRead result = read("v: " + std::string(value));
  EXPECT_TRUE(result.root.has_value()) << value;
  return scalar_type(*result.root->find("v"));
}

std::string text_of(std::string_view value) {
  const YamlRead result = read("v: " + std::string(value));
  EXPECT_TRUE(result.root.has_value()) << value;
  return result.root ? result.root->find("v")->text : "";
}

TEST(YamlReader, KeepsOrderPlacesAndSpelling) {
  const YamlRead result = read("b: 1\na:\n  - x: 3.0e2\n  - 'y'\n");
  ASSERT_TRUE(result.root);
  EXPECT_EQ(result.root->keys, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(result.root->key_places[1].line, 2);
  const Node& list = *result.root->find("a");
  EXPECT_EQ(list.items[0].items[0].text, "3.0e2");
  EXPECT_EQ(list.items[0].items[0].place.line, 3);
  EXPECT_EQ(list.items[0].items[0].place.column, 8);
  EXPECT_TRUE(list.items[1].quoted);
}

TEST(YamlReader, TypesScalarsAsTheCoreSchemaOfYaml12Does) {
  for (const char* v :
       {"on",  "off", "yes",      "no",      "y",  "n",  "On", "1_000", "0b1",  "12:30:45", "2026-01-31", "0o9",
        "0xg", "'5'", "\"true\"", "!!str 5", "1e", "e5", ".",  "+",     "tRue", "5 s",      "1.2.3",      "+0x1"})
    EXPECT_EQ(type_of(v), ScalarType::kString) << v;
  for (const char* v : {"5", "-5", "+5", "010", "0o17", "0x1F", "0", "123456789012345678901234567890"})
    EXPECT_EQ(type_of(v), ScalarType::kInteger) << v;
  for (const char* v : {"5.", ".5", "1e3", "1.5E-3", ".inf", "-.Inf", "+.INF", ".nan", ".NaN", "-0.0"})
    EXPECT_EQ(type_of(v), ScalarType::kNumber) << v;
  for (const char* v : {"null", "Null", "NULL", "~", ""}) EXPECT_EQ(type_of(v), ScalarType::kNull) << v;
  for (const char* v : {"true", "True", "TRUE", "false", "False", "FALSE"})
    EXPECT_EQ(type_of(v), ScalarType::kBoolean) << v;
}

TEST(YamlReader, ReadsIntegersInTheirBase) {
  auto integer = [](std::string text) {
    Node node;
    node.text = std::move(text);
    return to_integer(node);
  };
  EXPECT_EQ(integer("010"), 10);
  EXPECT_EQ(integer("0o17"), 15);
  EXPECT_EQ(integer("0x1F"), 31);
  EXPECT_EQ(integer("+7"), 7);
  EXPECT_EQ(integer("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
}

TEST(YamlReader, WritesVerbatimJsonWithOrderDuplicatesAndNumberSpelling) {
  const YamlRead result = read(
      "{b: 3.0e2, a: [300.00, 1E5, 010, 0x1F, .5, +5, 5., -0], b: \"q\\\"\\n\", c: {d: null, e: True}, f: "
      "123456789012345678901234567890}");
  ASSERT_TRUE(result.root);
  EXPECT_EQ(
      to_verbatim_json(*result.root, nullptr),
      R"({"b":3.0e2,"a":[300.00,1E5,10,31,0.5,5,5.0,-0],"b":"q\"\n","c":{"d":null,"e":true},"f":123456789012345678901234567890})");
}

TEST(YamlReader, CannotWriteInfinityAsJson) {
  const YamlRead result = read("a: [1, .inf]");
  Place bad;
  EXPECT_EQ(to_verbatim_json(*result.root, &bad), std::nullopt);
  EXPECT_EQ(bad.column, 8);
}

TEST(YamlReader, CopiesAnAnchoredValueWhereItsAliasStands) {
  const YamlRead result = read("a: &x {k: [1]}\nb: *x\n");
  ASSERT_TRUE(result.root);
  EXPECT_EQ(to_verbatim_json(*result.root, nullptr), R"({"a":{"k":[1]},"b":{"k":[1]}})");
}

TEST(YamlReader, RefusesWhatIsAmbiguousOrDangerous) {
  EXPECT_EQ(problem("a: {x: 1}\nb:\n  <<: {y: 1}\n"),
            "a.yaml:3:3: the merge key '<<' is not accepted [MR1103]\n"
            "  Write the fields out, or give the whole mapping an anchor and name it where it is needed.");
  EXPECT_EQ(problem("a: 1\n---\nb: 2\n"),
            "a.yaml:3:1: a second document starts here [MR1103]\n  Put each document into a file of its own.");
  EXPECT_EQ(problem("a: !!binary aGk=\n"),
            "a.yaml:1:4: the tag 'tag:yaml.org,2002:binary' is not accepted [MR1103]\n"
            "  Leave the tag out; quote a value to make it text.");
  EXPECT_EQ(problem("? [a]\n: 1\n"), "a.yaml:1:3: a key must be plain text, not a list or a mapping [MR1103]");
  EXPECT_EQ(problem("a: &x [*x]\n"),
            "a.yaml:1:8: the alias stands inside the value it names [MR1103]\n  A value cannot contain itself.");
  EXPECT_EQ(problem("a: *nobody\n"), "a.yaml:1:4: the alias names an anchor that is not defined above it [MR1101]");
}

TEST(YamlReader, RefusesAnAliasBombWithoutExpandingIt) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string p = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) bomb += p + ", ";
    bomb += "x]\n";
  }
  EXPECT_NE(problem(bomb).find("more than 100000 values"), std::string::npos);
  std::string wide = "a: &a " + std::string(100'000, 'x') + "\nb: [";
  for (int i = 0; i < 1'000; ++i) wide += "*a, ";
  EXPECT_NE(problem(wide + "1]\n").find("4 MiB of text"), std::string::npos);
}

TEST(YamlReader, RefusesNestingDeeperThan64InMuchLessThanASecond) {
  EXPECT_TRUE(read(std::string(64, '[') + std::string(64, ']')).root.has_value());
  EXPECT_EQ(problem(std::string(65, '[') + std::string(65, ']')),
            "a.yaml:1:65: values are nested more than 64 deep [MR1104]");
  const auto before = std::chrono::steady_clock::now();
  for (const char* piece : {"[", "{", "- ", "? ", "a: {", "[{", "&a [", "\"\\"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    EXPECT_NE(problem(text), "") << piece;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

TEST(YamlReader, RefusesWhatIsNoTextOrTooLarge) {
  EXPECT_EQ(problem("a: 1\nb: \xff\n"), "a.yaml:2:4: this byte is not UTF-8 text [MR1003]\n  Save the file as UTF-8.");
  EXPECT_EQ(problem(std::string("a: \0", 4)),
            "a.yaml:1:4: a zero byte stands in the text [MR1003]\n  Check that it is a text file.");
  EXPECT_EQ(problem(std::string((1u << 20) + 1, '#')),
            "a.yaml: the file is larger than 1 MiB [MR1002]\n  Check that it is a configuration file.");
  EXPECT_EQ(problem(""), "a.yaml: the file is empty [MR1101]");
  EXPECT_EQ(problem("# nothing\n"), "a.yaml: the file is empty [MR1101]");
}

TEST(YamlReader, SaysInOperatorsWordsWhereTheSyntaxBreaks) {
  EXPECT_EQ(problem("a: b: c\n"),
            "a.yaml:1:5: a ':' does not belong here [MR1101]\n"
            "  Check the indentation, or quote a text that contains ': '.");
  EXPECT_EQ(problem("a: [1, 2\nb: 3\n"), "a.yaml:2:2: a '[' is not closed by ']' before this place [MR1101]");
  EXPECT_EQ(problem("a: 'x\n"), "a.yaml:1:4: this quote is not closed before the end of the file [MR1101]");
  for (const char* text : {"a: 'x", "a: \"x\\\"\n", "a: &n 'x''\n  y: 1\n", "a: !!str 'x\n", "- 'x\n\n"})
    EXPECT_NE(problem(text).find("this quote is not closed"), std::string::npos) << text;
  for (const char* text : {"a: 'it''s'", "a: \"x\\\"\"", "a: ''", "a: |\n  'x\n", "a: &n 'x'", "a: it's"})
    EXPECT_TRUE(read(text).root.has_value()) << text;
  EXPECT_EQ(problem("a:\n  b: 1\n c: 2\n"),
            "a.yaml:3:2: this line does not belong to the mapping above it [MR1101]\n"
            "  Check the indentation and that each key ends with ': '.");
  EXPECT_NE(problem("a:\n\tb: 1\n"), "");
}

TEST(YamlReader, ExpandsVariablesAfterParsingAndInValuesOnly) {
  EXPECT_EQ(text_of("${HOST}"), "b1:9092");
  EXPECT_EQ(text_of("x-${HOST}-${NONE:y}-z"), "x-b1:9092-y-z");
  EXPECT_EQ(text_of("${NONE:}"), "");
  EXPECT_EQ(text_of("${EMPTY:full}"), "");
  EXPECT_EQ(text_of("${NONE:a:b}"), "a:b");
  EXPECT_EQ(type_of("${SIZE}"), ScalarType::kInteger);
  EXPECT_EQ(type_of("'${SIZE}'"), ScalarType::kString);
  EXPECT_EQ(text_of("${SNEAKY}"), "${HOST}\nx: 1");
  EXPECT_EQ(text_of("'$${HOST} $$ $'"), "${HOST} $$ $");
  const YamlRead key = read("'${HOST}': 1");
  EXPECT_EQ(key.root->keys[0], "${HOST}");
}

TEST(YamlReader, NeverExpandsASecretReference) {
  EXPECT_EQ(text_of("${secret:env:HOST}"), "${secret:env:HOST}");
  EXPECT_EQ(text_of("'${secret:file:a.json#b} ${HOST}'"), "${secret:file:a.json#b} b1:9092");
}

TEST(YamlReader, ReportsEveryVariableThatIsNotSet) {
  EXPECT_EQ(problem("a: ${ONE}\nb: {c: ['${TWO}']}\nd: '${'\n"),
            "a.yaml:1:4: the environment variable ONE is not set [MR1105]\n  Set it, or write ${ONE:default}.\n"
            "a.yaml:2:9: the environment variable TWO is not set [MR1105]\n  Set it, or write ${TWO:default}.\n"
            "a.yaml:3:4: ${ is not followed by a variable's name and } [MR1106]\n"
            "  Write ${NAME} or ${NAME:default}; a literal ${ is written $${.");
}

TEST(YamlReader, SaysWhyAFileCannotBeRead) {
  const YamlRead none = read_yaml_file("/nonexistent/a.yaml", empty_environment());
  ASSERT_EQ(none.diagnostics.size(), 1u);
  EXPECT_EQ(
      none.diagnostics[0].to_string(),
      "/nonexistent/a.yaml: cannot be read: No such file or directory [MR1001]\n  Check the path and its permissions.");
  EXPECT_EQ(read_yaml_file("/", empty_environment()).diagnostics[0].message, "is a directory, not a file");
}

}  // namespace
}  // namespace millrace::config
