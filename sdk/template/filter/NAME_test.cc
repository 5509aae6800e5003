// The filter through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

MR_DECLARE_PLUGIN(filter_@NAME@);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance, BatchBuilder

TEST(@CLASS@, KeepsTheRecordsWhoseValueContainsTheText) {
  FakeHost host;
  Instance instance(component(millrace_plugin_entry_v1_filter_@NAME@(), "@NAME@"), host, {{"text", "tea"}});
  BatchBuilder batch;
  batch.value("green tea").value("coffee").value("").value("tea");
  EXPECT_THAT(instance.apply(batch.build()), testing::ElementsAre(0, 3));
}

}  // namespace
