// The source through its table, as a host polls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

MR_DECLARE_PLUGIN(source_@NAME@);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance

const mr_component& source() {
  return component(millrace_plugin_entry_v1_source_@NAME@(), "@NAME@");
}

TEST(@CLASS@, NumbersItsRecordsFromWhereItWasCommitted) {
  FakeHost host;
  host.put_state("next", "7");
  Instance instance(source(), host, {{"per_second", 1'000'000}});
  instance.start();
  const Polled first = instance.poll(1);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first.batch().value(0), R"({"n":7})");
  EXPECT_EQ(host.streams().assigned.size(), 1u);
  instance.commit({{1, 8}});
  EXPECT_EQ(host.state().at("next"), "8");
}

TEST(@CLASS@, DeliversNothingWithoutCreditAndWhenPaused) {
  FakeHost host;
  Instance instance(source(), host, {{"per_second", 1'000'000}});
  instance.start();
  EXPECT_EQ(instance.poll(0, 1'000, 1).size(), 0u);
  instance.set_paused({1}, true);
  EXPECT_EQ(instance.poll(10, 1'000, 1).size(), 0u);
  EXPECT_TRUE(host.violations().empty());
}

}  // namespace
