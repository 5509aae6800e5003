#include "runtime/config/daemon_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "runtime/config/json_schema.h"

namespace millrace::config {
namespace {

class DaemonFileTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/millrace-daemon-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    folder_ = pattern;
    file_ = folder_ / "millrace.yaml";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  DaemonFileLoad load(const char* text) {
    std::ofstream(file_) << text;
    return load_daemon_file(file_.string(), empty_environment());
  }

  std::filesystem::path folder_, file_;
};

TEST_F(DaemonFileTest, HasDefaults) {
  const DaemonFileLoad read = load("{}");
  ASSERT_TRUE(read.values);
  EXPECT_TRUE(read.values->plugin_directories.empty());
  EXPECT_EQ(read.values->state_directory, "");
  EXPECT_EQ(read.values->log_level, "info");
  EXPECT_EQ(read.values->log_format, "auto");
}

TEST_F(DaemonFileTest, ResolvesRelativePathsAgainstItsOwnFolder) {
  const DaemonFileLoad read = load(
      "plugins: {directories: [plugins, /opt/p], pins: {a.so: "
      "'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}}\n"
      "state_directory: state\nlog: {level: debug, format: json}\n");
  ASSERT_TRUE(read.values) << read.diagnostics.at(0).to_string();
  EXPECT_EQ(read.values->plugin_directories, (std::vector<std::string>{(folder_ / "plugins").string(), "/opt/p"}));
  EXPECT_EQ(read.values->plugin_pins.at("a.so").size(), 71u);
  EXPECT_EQ(read.values->state_directory, (folder_ / "state").string());
  EXPECT_EQ(read.values->log_level, "debug");
}

TEST_F(DaemonFileTest, RefusesWhatIsUnknownOrOfALaterVersion) {
  const DaemonFileLoad read = load("grpc: {listen: []}\nplugin: {}\nplugins: {pins: {a.so: x}}\n");
  ASSERT_EQ(read.diagnostics.size(), 3u);
  EXPECT_FALSE(read.values);
  EXPECT_EQ(read.diagnostics[0].message, "`grpc` is not in this version");
  EXPECT_EQ(read.diagnostics[1].message, "unknown key 'plugin', did you mean 'plugins'?");
  EXPECT_EQ(read.diagnostics[2].message, "plugins.pins.a.so: 'x' is not sha256: and 64 hexadecimal digits");
}

TEST(DaemonSchema, IsUsable) {
  EXPECT_TRUE(JsonSchema::parse(daemon_schema()).ok());
}

}  // namespace
}  // namespace millrace::config
