// The generated pages are what the binary would generate now, and each error id is defined once, documented and
// reachable.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "runtime/errors/error_catalogue.h"
#include "tests/cli/program.h"

namespace millrace::test {
namespace {

std::filesystem::path source_directory() {
  const char* directory = ::getenv("MILLRACE_SOURCE_DIR");
  return directory == nullptr ? "." : directory;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Docs, AreWhatTheBinaryGenerates) {
  for (const auto& [page, file] :
       {std::pair{"pipeline", "docs/reference/pipeline.md"}, std::pair{"errors", "docs/errors.md"}}) {
    const Answer answer = millrace({"docs", page});
    ASSERT_EQ(answer.code, 0) << answer.err;
    EXPECT_TRUE(read(source_directory() / file) == answer.out) << file << " is out of date: run `make docs`";
  }
}

// Drops whole-line comments: an id in an example is no use of it.
std::string without_comments(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::size_t first = text.find_first_not_of(' ', at);
    if (text.compare(first, 2, "//") != 0) out += text.substr(at, end - at);
    at = end;
  }
  return out;
}

std::map<std::string, int> count_ids(const std::string& text) {
  std::map<std::string, int> ids;
  for (std::size_t at = text.find("MR"); at != std::string::npos; at = text.find("MR", at + 1)) {
    std::size_t end = at + 2;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end == at + 6) ++ids[text.substr(at, 6)];
  }
  return ids;
}

// Every place in the sources that can carry an id, but for the tables and the tests.
std::set<std::string> ids_in_code(const std::filesystem::path& folder, bool with_tables) {
  std::set<std::string> ids;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const std::string extension = entry.path().extension().string();
    if (!(extension == ".cc" || extension == ".h" || (with_tables && extension == ".def")) ||
        name.find("_test.") != std::string::npos || name.starts_with("fake_"))
      continue;
    const std::string text = without_comments(read(entry.path()));
    for (const auto& [id, count] : count_ids(text)) ids.insert(id);
  }
  return ids;
}

TEST(ErrorIds, AreAscendingAndDescribed) {
  std::string_view before;
  for (const ErrorInfo& error : host_errors()) {
    EXPECT_LT(before, error.id);
    before = error.id;
    EXPECT_FALSE(error.title.empty() || error.title.ends_with('.')) << error.id;
    EXPECT_TRUE(error.cause.ends_with('.')) << error.id;
    EXPECT_TRUE(error.remedy.ends_with('.')) << error.id;
  }
}

TEST(ErrorIds, OfTheHostAreReachable) {
  const std::set<std::string> used = ids_in_code(source_directory() / "runtime", false);
  for (const ErrorInfo& error : host_errors())
    EXPECT_TRUE(used.contains(std::string(error.id))) << error.id << " is defined and nothing reports it";
}

TEST(ErrorIds, OfPluginsAreReachable) {
  std::map<std::string, int> uses;  // the row in mr_plugin.errors is one of them
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_directory() / "plugins")) {
    const std::string name = entry.path().filename().string();
    if ((!name.ends_with(".cc") && !name.ends_with(".h")) || name.find("_test.") != std::string::npos) continue;
    for (const auto& [id, count] : count_ids(without_comments(read(entry.path())))) uses[id] += count;
  }
  for (const auto& [id, count] : uses)
    EXPECT_GE(count, 2) << id << " is described and nothing reports it, or the reverse";
}

TEST(ErrorIds, InTheCodeAreDocumented) {
  const std::string errors = read(source_directory() / "docs" / "errors.md");
  for (const char* folder : {"runtime", "plugins"})
    for (const std::string& id : ids_in_code(source_directory() / folder, true))
      EXPECT_NE(errors.find("## " + id + "\n"), std::string::npos)
          << id << " is in " << folder << " and not in docs/errors.md";
}

}  // namespace
}  // namespace millrace::test
