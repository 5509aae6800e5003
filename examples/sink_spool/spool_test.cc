// The sink through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

MR_DECLARE_PLUGIN(sink_spool);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, SinkDriver

const mr_component& spool() {
  return component(millrace_plugin_entry_v1_sink_spool(), "spool");
}

class SpoolTest : public ::testing::Test {
 protected:
  ~SpoolTest() override { std::remove(path_.c_str()); }
  std::string file() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  const std::string path_ = ::testing::TempDir() + "sink_spool_test.txt";
};

TEST_F(SpoolTest, AppendsEachRequestBeforeItAnswers) {
  FakeHost host;
  SinkDriver sink(spool(), host, {{"path", path_}});
  sink.start();
  EXPECT_EQ(sink.send({.body = "one\n"}).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(file(), "one\n");
  EXPECT_EQ(sink.send({.body = "two\n"}).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(file(), "one\ntwo\n");
  sink.stop();
  EXPECT_TRUE(sink.violations().empty());
}

TEST_F(SpoolTest, AnswersWhatIsUnderWayBeforeItStops) {
  FakeHost host(ExecutorMode::kManual);
  SinkDriver sink(spool(), host, {{"path", path_}});
  sink.start();
  const auto request = sink.submit({.body = "late\n"});
  EXPECT_FALSE(sink.is_answered(request));
  sink.stop();
  EXPECT_EQ(file(), "late\n");
  EXPECT_TRUE(sink.violations().empty());
}

TEST_F(SpoolTest, AsksForTheRequestAgainWhenTheHostTakesNoWork) {
  FakeHost host(ExecutorMode::kRefuse);
  SinkDriver sink(spool(), host, {{"path", path_}});
  sink.start();
  EXPECT_EQ(sink.send({.body = "no\n"}).outcome, std::uint32_t{MR_RETRY});
  EXPECT_EQ(file(), "");
  sink.stop();
  EXPECT_TRUE(sink.violations().empty());
}

TEST_F(SpoolTest, SaysThatTheFileCannotBeOpened) {
  FakeHost host;
  SinkDriver sink(spool(), host, {{"path", "/does/not/exist"}});
  try {
    sink.start();
    FAIL() << "it started";
  } catch (const millrace::Error& error) {
    EXPECT_EQ(error.field(), "/path");
  }
}

}  // namespace
