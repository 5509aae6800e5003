#include "runtime/pipeline/shell/state_directory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

namespace millrace::pipeline {
namespace {

GetEnvironment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

TEST(StateDirectory, IsTheNamedOneBeforeAllOthers) {
  EXPECT_EQ(choose_state_directory("/named", environment({{"STATE_DIRECTORY", "/s"}})).value(), "/named");
}

TEST(StateDirectory, TakesTheFirstThatSystemdGives) {
  EXPECT_EQ(choose_state_directory("", environment({{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}})).value(),
            "/var/lib/a");
}

TEST(StateDirectory, SaysSoWhenAFileStandsInItsPlace) {
  std::string pattern = "/tmp/millrace-state-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  std::ofstream(folder / "file") << "x";
  const auto result = prepare_state_directory((folder / "file").string(), environment({}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().id(), "MR7001");
  EXPECT_EQ(result.status().message(),
            "the state directory " + (folder / "file").string() + " cannot be used: it is not a directory");
  std::filesystem::remove_all(folder);
}

TEST(StateDirectory, IsMadeWhenItIsMissing) {
  std::string pattern = "/tmp/millrace-state-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  ASSERT_TRUE(prepare_state_directory((folder / "a" / "b").string(), environment({})).ok());
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a" / "b"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace millrace::pipeline
