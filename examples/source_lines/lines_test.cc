// The source through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <thread>

MR_DECLARE_PLUGIN(source_lines);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance, Polled
using ::testing::ElementsAre;

class LinesTest : public ::testing::Test {
 protected:
  LinesTest() { write("one\ntwo\n\nfo", std::ios::trunc); }
  ~LinesTest() override { std::remove(path_.c_str()); }

  void write(const std::string& text, std::ios::openmode mode = std::ios::app) {
    std::ofstream(path_, mode | std::ios::binary) << text;
  }
  std::unique_ptr<Instance> started() {
    auto lines = std::make_unique<Instance>(component(millrace_plugin_entry_v1_source_lines(), "lines"), host_,
                                            millrace::Config{{"path", path_}});
    lines->start();
    return lines;
  }
  static std::vector<std::string> values(const Polled& polled) {
    std::vector<std::string> values;
    for (std::uint32_t i = 0; i < polled.size(); ++i) values.emplace_back(polled.batch().value(i));
    return values;
  }

  const std::string path_ = ::testing::TempDir() + "source_lines_test.txt";
  FakeHost host_;
};

TEST_F(LinesTest, DeliversWholeLinesWithTheirNumbers) {
  auto lines = started();
  const auto polled = lines->poll();
  EXPECT_THAT(values(polled), ElementsAre("one", "two", ""));
  EXPECT_EQ(polled.batch().position(2), 2);
  EXPECT_EQ(host_.streams().assigned.at(0).topic, "lines");
}

TEST_F(LinesTest, FollowsTheFile) {
  auto lines = started();
  EXPECT_EQ(lines->poll().size(), 3u);
  EXPECT_EQ(lines->poll(1000, 1 << 20, 0).size(), 0u);
  write("ur\n");
  EXPECT_THAT(values(lines->poll()), ElementsAre("four"));
}

TEST_F(LinesTest, GoesOnBehindWhatWasCommitted) {
  {
    auto lines = started();
    EXPECT_EQ(lines->poll().size(), 3u);
    lines->commit({{1, 2}});
  }
  auto again = started();
  const auto polled = again->poll();
  EXPECT_THAT(values(polled), ElementsAre(""));
  EXPECT_EQ(polled.batch().position(0), 2);
}

TEST_F(LinesTest, RefusesAFileThatIsShorterThanWhatWasDelivered) {
  host_.put_state(path_, "4");
  EXPECT_THROW(started(), millrace::Error);
}

TEST_F(LinesTest, TakesNoMoreThanTheCredit) {
  auto lines = started();
  EXPECT_EQ(lines->poll(0, 1 << 20, 0).size(), 0u);
  EXPECT_EQ(lines->poll(1).size(), 1u);
  EXPECT_EQ(lines->poll(1000, 1).size(), 1u);  // one record may exceed the bytes
}

TEST_F(LinesTest, LosesNothingWhilePaused) {
  auto lines = started();
  lines->set_paused({1}, true);
  EXPECT_EQ(lines->poll(1000, 1 << 20, 0).size(), 0u);
  lines->set_paused({1}, false);
  EXPECT_EQ(lines->poll().size(), 3u);
}

TEST_F(LinesTest, WakesUpWhenInterrupted) {
  auto lines = started();
  EXPECT_EQ(lines->poll().size(), 3u);
  std::thread other([&] { lines->interrupt(); });
  EXPECT_EQ(lines->poll(1000, 1 << 20, 60'000).size(), 0u);  // a minute, were it not for the interrupt
  other.join();
}

TEST_F(LinesTest, KeepsABatchValidUntilItIsReleased) {
  auto lines = started();
  const auto first = lines->poll(1);
  EXPECT_EQ(lines->poll().size(), 2u);
  EXPECT_THAT(values(first), ElementsAre("one"));
}

TEST_F(LinesTest, SaysWhichFileItCannotRead) {
  Instance lines(component(millrace_plugin_entry_v1_source_lines(), "lines"), host_, {{"path", "/does/not/exist"}});
  try {
    lines.start();
    FAIL() << "it started";
  } catch (const millrace::Error& error) {
    EXPECT_EQ(error.code(), mr_status{MR_NOT_FOUND});
    EXPECT_EQ(error.field(), "/path");
  }
}

}  // namespace
