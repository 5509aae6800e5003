#include "runtime/config/yaml_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/config/yaml_reader.h"

namespace millrace::config {
namespace {

TEST(YamlWriter, WritesWhatAPersonWouldWrite) {
  EXPECT_EQ(
      json_to_yaml(
          R"({"name":"orders","size":5,"text":"5","on":true,"list":["a",{"b":1,"c":[[1],{}]}],"none":[],"s":"a: b","t":"5s",
                             "empty":"","null":"null","u":"http://localhost:9001"})"),
      "name: orders\n"
      "size: 5\n"
      "text: \"5\"\n"
      "on: true\n"
      "list:\n"
      "  - a\n"
      "  - b: 1\n"
      "    c:\n"
      "      -\n"
      "        - 1\n"
      "      - {}\n"
      "none: []\n"
      "s: \"a: b\"\n"
      "t: 5s\n"
      "empty: \"\"\n"
      "\"null\": \"null\"\n"
      "u: http://localhost:9001\n");
}

Node random_value(std::mt19937_64& random, int depth) {
  constexpr std::string_view kAlphabet = "ab1:# -[]{}'\"\\\n\t,*&!|>%@`~$.eE+é";
  Node node;
  const auto kind = random() % (depth > 3 ? 1 : 3);
  if (kind == 0) {
    node.quoted = random() % 2 == 0;
    if (!node.quoted) {
      static const char* const kPlain[] = {"null", "true", "5", "-1.5", "300.00", "1e5"};
      node.text = kPlain[random() % 6];
      return node;
    }
    for (auto n = random() % 6; n > 0; --n) node.text += kAlphabet[random() % (kAlphabet.size() - 2)];
    return node;
  }
  node.kind = kind == 1 ? Node::Kind::kSequence : Node::Kind::kMapping;
  for (auto n = random() % 4; n > 0; --n) {
    node.items.push_back(random_value(random, depth + 1));
    if (kind == 1) continue;
    node.keys.push_back("k" + std::to_string(random() % 100) + (random() % 3 == 0 ? ": -" : ""));
    node.key_places.emplace_back();
  }
  return node;
}

TEST(YamlWriter, IsReadBackToTheSameValue) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 5'000; ++i) {
    const Node node = random_value(random, 0);
    const std::string text = to_yaml(node);
    const YamlRead read = read_yaml(text, "", Environment());
    ASSERT_TRUE(read.root.has_value()) << text << read.diagnostics.at(0).to_string();
    EXPECT_EQ(to_verbatim_json(*read.root, nullptr), to_verbatim_json(node, nullptr)) << text;
  }
}

}  // namespace
}  // namespace millrace::config
