// The sink through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

MR_DECLARE_PLUGIN(sink_@NAME@);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, SinkDriver, Request

TEST(@CLASS@, AppendsEachRequestAndAnswersOnce) {
  const std::string path = testing::TempDir() + "/@NAME@_test.jsonl";
  std::remove(path.c_str());
  FakeHost host;
  SinkDriver sink(component(millrace_plugin_entry_v1_sink_@NAME@(), "@NAME@"), host, {{"path", path}});
  sink.start();
  EXPECT_EQ(sink.send({.body = "first"}).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(sink.send({.body = "second"}).outcome, std::uint32_t{MR_DONE});
  sink.stop();
  EXPECT_TRUE(sink.violations().empty());
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "first\nsecond\n");
}

}  // namespace
