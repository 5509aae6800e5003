// What is said about each bad pattern of the data files, word for word, in testdata/bad_patterns.golden:
// id, pointer, line:column, message, with the case's name before and its pattern behind. The cases hold every kind of
// mistake that the service and the library tell apart. After a change of words, write the file anew:
//   FILTER_CRITERIA_WRITE_GOLDEN=1 ctest -R filter_proof
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "filter.h"
#include "judges.h"

namespace millrace::filter::proof {
namespace {

using nlohmann::json;

std::string said(const std::string& name, const std::string& pattern) {
  const auto filter = compile(pattern);
  if (filter) return name + "\taccepted\t" + json(pattern).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const Error& error = filter.error();
  return name + "\t" + error.id + " " + (error.pointer.empty() ? "/" : error.pointer) + " " +
         std::to_string(error.line) + ":" + std::to_string(error.column) + " " + error.message + "\t" +
         json(pattern).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string all_said() {
  std::string out;
  std::set<std::string> seen;
  std::set<std::string> accepted;  // that the service refuses
  for (const json& row : rows("differences.jsonl"))
    if (row.at("expect") != "invalid") accepted.insert(row.at("id"));
  for (const char* file : {"aws_validated.jsonl", "event_ruler.jsonl", "own.jsonl"})
    for (const json& row : rows(file)) {
      const std::string pattern = under_value(row.at("pattern"));
      if (row.at("expect") == "invalid" && !accepted.contains(row.at("id")) && seen.insert(pattern).second)
        out += said(row.at("id"), pattern);
    }
  std::string wide = "{\"value\":{", ors = wide;
  for (int i = 0; i < 257; ++i) wide += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":[1]";
  for (int i = 0; i < 12; ++i) ors += std::string(i == 0 ? "" : ",") + R"("$or":[{"a":[1]},{"b":[1]}])";
  out += said("too long", "{\"value\":[\"" + std::string(4'096, 'x') + "\"]}").substr(0, 200) + "\n";
  out += said("too many fields", wide + "}}").substr(0, 200) + "\n";
  out += said("too many combinations", ors + "}}").substr(0, 200) + "\n";
  out += said("two forms", R"({"value":["x"],"value":{"a":[1]}})");
  out += said("no field of a record", R"({"status":["x"]})");
  out += said("another field of a record", R"({"key":["x"]})");
  out += said("not UTF-8", "{\"value\":[\"\xFF\"]}");
  return out;
}

TEST(BadPatterns, AreRefusedInTheseWords) {
  const std::string name = FILTER_CRITERIA_TESTDATA "/bad_patterns.golden";
  const std::string now = all_said();
  if (std::getenv("FILTER_CRITERIA_WRITE_GOLDEN") != nullptr) std::ofstream(name, std::ios::binary) << now;
  std::ifstream file(name, std::ios::binary);
  std::istringstream lines(now);
  std::size_t number = 0;
  for (std::string expected, got; std::getline(file, expected); ++number) {
    ASSERT_TRUE(std::getline(lines, got)) << "line " << number;
    EXPECT_EQ(got, expected);
  }
  std::string more;
  EXPECT_FALSE(std::getline(lines, more)) << more;
  EXPECT_GE(number, 200u);
}

TEST(BadPatterns, AreNeverAcceptedAndAlwaysSayWhere) {
  std::istringstream lines(all_said());
  for (std::string line; std::getline(lines, line);) EXPECT_EQ(line.find("\taccepted\t"), std::string::npos) << line;
}

}  // namespace
}  // namespace millrace::filter::proof
