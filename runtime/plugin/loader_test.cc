#include "runtime/plugin/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "runtime/plugin/elf_exports.h"
#include "runtime/plugin/fake_plugin.h"

namespace millrace::plugin {
namespace {

namespace fs = std::filesystem;
const fs::path kBuilt = MILLRACE_TEST_PLUGINS;  // where CMake puts testdata/*.so

class LoaderTest : public testing::Test {
 protected:
  static fs::path make_directory() {
    std::string name = (fs::temp_directory_path() / "millrace-plugins-XXXXXX").string();
    return ::mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
  }
  void TearDown() override { fs::remove_all(directory_); }
  void install(const std::string& built, const std::string& as) {
    fs::copy_file(kBuilt / built, directory_ / as, fs::copy_options::overwrite_existing);
  }
  Scan scan(std::map<std::string, std::string> pins = {}) {
    return loader_.scan({.directories = {directory_}, .pins = std::move(pins)});
  }
  std::string only_problem(const Scan& scan) {
    if (scan.problems.size() != 1) return std::to_string(scan.problems.size()) + " problems";
    std::string text = scan.problems[0].to_string();
    if (const auto at = text.find(directory_.string()); at != std::string::npos)
      text.replace(at, directory_.string().size(), "DIR");
    return text;
  }

  const fs::path directory_ = make_directory();
  std::vector<std::string> lines_;
  Loader loader_{observe::make_logger({.level = observe::Level::kDebug, .write = [this](std::string_view l) {
                                         lines_.emplace_back(l.substr(l.find(' ') + 1));
                                       }})};
};

TEST_F(LoaderTest, LoadsAPluginThatThenWorks) {
  install("good.so", "good.so");
  const Scan scan = this->scan();
  EXPECT_TRUE(scan.problems.empty());
  const auto component = scan.catalogue.require(Kind::kFilter, "keep_all");
  ASSERT_TRUE(component.ok()) << component.status().to_string();
  EXPECT_EQ((*component)->plugin->name, "org.example.good");
  EXPECT_EQ((*component)->plugin->file, (directory_ / "good.so").string());
  ASSERT_NE(scan.catalogue.find_error("XX0001"), nullptr);

  FakePipeline pipeline;
  auto filter = FilterInstance::create(pipeline.host, **component, "{}", {.component = "filters[0]"});
  ASSERT_TRUE(filter.ok()) << filter.status().to_string();
  ASSERT_TRUE((*filter)->start().ok());
  const mr_batch batch{};
  std::uint64_t keep = 0xF;
  ASSERT_TRUE((*filter)->apply(batch, &keep).ok());
  EXPECT_EQ(keep, 0x5u);
}

TEST_F(LoaderTest, LoadsAStrippedPlugin) {
  install("good_stripped.so", "good.so");
  EXPECT_NE(scan().catalogue.find(Kind::kFilter, "stripped"), nullptr);
}

TEST_F(LoaderTest, OpensAFileOnceHoweverOftenItIsScannedAndUnderHoweverManyNames) {
  install("counted.so", "a.so");
  fs::create_symlink("a.so", directory_ / "b.so");
  for (int i = 0; i < 3; ++i) {
    const Scan scan = this->scan();
    EXPECT_TRUE(scan.problems.empty());
    EXPECT_EQ(scan.catalogue.plugins().size(), 1u);
  }
  EXPECT_STREQ(std::getenv("MILLRACE_TEST_ENTRY_CALLS_counted"), "1");
  Loader another{observe::Logger()};  // a second loader in the process: the code is there already
  EXPECT_NE(another.scan({.directories = {directory_}}).catalogue.find(Kind::kFilter, "counted"), nullptr);
}

TEST_F(LoaderTest, RunsNoCodeOfASharedObjectThatIsNoPlugin) {
  install("no_plugin.so", "libother.so");
  const Scan scan = this->scan();
  EXPECT_TRUE(scan.problems.empty());
  EXPECT_EQ(std::getenv("MILLRACE_TEST_CONSTRUCTED"), nullptr);
  EXPECT_THAT(lines_, testing::ElementsAre("debug millrace: a shared object that is no plugin was skipped file=" +
                                           (directory_ / "libother.so").string()));
}

TEST_F(LoaderTest, GivesTheLinkersWordsForAFileThatCannotBeLoaded) {
  install("unresolved.so", "broken.so");
  EXPECT_EQ(only_problem(scan()),
            "DIR/broken.so: cannot be loaded: undefined symbol: millrace_test_nobody_defines_this. [MR2001]\n  Install "
            "the library it names, or rebuild the plugin on this system.");
}

TEST_F(LoaderTest, ReportsADamagedFileAndLoadsItsNeighbours) {
  install("good.so", "z_good.so");
  std::ofstream(directory_ / "a_text.so") << "INPUT(libc.so)";
  std::ofstream(directory_ / "b_empty.so");
  const Scan scan = this->scan();
  ASSERT_EQ(scan.problems.size(), 2u);
  EXPECT_EQ(scan.problems[0].to_string(),
            (directory_ / "a_text.so").string() +
                ": is not a shared object for this machine, or is damaged. [MR2001]\n  Copy or build the file again.");
  EXPECT_NE(scan.catalogue.find(Kind::kFilter, "keep_all"), nullptr);
  EXPECT_EQ(scan.catalogue.rejected().size(), 2u);
}

TEST_F(LoaderTest, LooksAtRegularSharedObjectsOnly) {
  install("good.so", "good.so.1");
  install("good.so", "README");
  fs::create_directory(directory_ / "folder.so");
  fs::create_symlink("nowhere", directory_ / "dangling.so");
  const Scan scan = this->scan();
  EXPECT_TRUE(scan.problems.empty());
  EXPECT_TRUE(scan.catalogue.plugins().empty());
}

TEST_F(LoaderTest, RefusesWhatAnyoneMayWriteTo) {
  install("good.so", "good.so");
  fs::permissions(directory_ / "good.so", fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(only_problem(scan()),
            "DIR/good.so: anyone may write to this file, so anyone could run code as this user. [MR2003]\n  Remove the "
            "right: chmod o-w.");
  fs::permissions(directory_ / "good.so", fs::perms::others_write, fs::perm_options::remove);
  fs::permissions(directory_, fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(only_problem(scan()),
            "DIR: anyone may write to this plugin directory, so anyone could run code as this user. [MR2003]\n  Remove "
            "the right: chmod o-w.");
}

TEST_F(LoaderTest, ReportsADirectoryThatIsNotThere) {
  const Scan scan = loader_.scan({.directories = {directory_ / "none"}});
  EXPECT_EQ(only_problem(scan),
            "DIR/none: the plugin directory cannot be read: No such file or directory. [MR2002]\n  Correct "
            "plugins.directories, or create the directory.");
  std::ofstream(directory_ / "file") << "x";
  EXPECT_EQ(only_problem(loader_.scan({.directories = {directory_ / "file"}})),
            "DIR/file: the plugin directory cannot be read: it is not a directory. [MR2002]\n  Correct "
            "plugins.directories, or create the directory.");
}

TEST_F(LoaderTest, HoldsAPinnedFileToItsChecksum) {
  install("good.so", "good.so");
  const Scan refused = scan({{"good.so", "sha256:00"}});
  const std::string problem = only_problem(refused);
  EXPECT_THAT(problem,
              testing::StartsWith(
                  "DIR/good.so: does not match its pinned checksum: sha256:00 is pinned, the file has sha256:"));
  EXPECT_EQ(refused.catalogue.find(Kind::kFilter, "keep_all"), nullptr);
  const std::string actual = problem.substr(problem.rfind("sha256:"), 71);
  EXPECT_TRUE(scan({{"good.so", actual}}).problems.empty()) << actual;
  EXPECT_EQ(only_problem(scan({{"missing.so", actual}})),
            "missing.so: has a pinned checksum, but is in none of the plugin directories. [MR2004]\n  Install it, or "
            "remove its pin.");
}

TEST_F(LoaderTest, RefusesAPluginThatNeedsANewerHost) {
  install("newer.so", "newer.so");
  const Scan scan = this->scan();
  EXPECT_EQ(only_problem(scan),
            "DIR/newer.so: was built for plugin ABI 1.3 and needs host 1.2; this runtime is 1.0. [MR2006]\n  Use a "
            "runtime >= 1.2, or rebuild the plugin with SDK 1.0.");
}

TEST_F(LoaderTest, NamesBothFilesOfAClash) {
  install("good.so", "a.so");
  install("good.so", "b.so");
  const Scan scan = this->scan();
  EXPECT_EQ(scan.problems.at(0).message,
            "filter keep_all is offered by two plugins: " + (directory_ / "a.so").string() + " and " +
                (directory_ / "b.so").string() + ".");
  EXPECT_EQ(scan.catalogue.find(Kind::kFilter, "keep_all"), nullptr);
}

TEST_F(LoaderTest, SurvivesEveryTruncationOfAPluginFile) {
  std::ifstream in(kBuilt / "good.so", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  ASSERT_EQ(exports_symbol(kBuilt / "good.so", "millrace_plugin_entry_v1"), Exports::kYes);
  ASSERT_EQ(exports_symbol(kBuilt / "good.so", "millrace_plugin_entry"), Exports::kNo);
  const fs::path cut = directory_ / "cut.so";
  for (std::size_t n = 0; n < whole.size(); n += 1 + whole.size() / 300) {
    std::ofstream(cut, std::ios::binary) << whole.substr(0, n);
    EXPECT_NE(exports_symbol(cut, "millrace_plugin_entry_v1"), Exports::kYes) << n;
  }
  for (std::size_t n = 0; n < 64; ++n) {  // each byte of the header
    std::string damaged = whole;
    damaged[n] = static_cast<char>(0xFF);
    std::ofstream(cut, std::ios::binary) << damaged;
    static_cast<void>(exports_symbol(cut, "millrace_plugin_entry_v1"));
  }
}

}  // namespace
}  // namespace millrace::plugin
