// The encoder through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

MR_DECLARE_PLUGIN(encoder_@NAME@);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance, BatchBuilder

const mr_component& encoder() {
  return component(millrace_plugin_entry_v1_encoder_@NAME@(), "@NAME@");
}

TEST(@CLASS@, WritesTheValuesInOrder) {
  FakeHost host;
  Instance instance(encoder(), host);
  BatchBuilder batch;
  batch.value("a").value("\"b\"");
  const Encoded body = instance.encode(batch.build());
  EXPECT_EQ(body.body, R"({"values":["a","\"b\""]})");
  EXPECT_EQ(body.cursor, 2u);
}

TEST(@CLASS@, KeepsToTheLimits) {
  FakeHost host;
  Instance instance(encoder(), host);
  BatchBuilder batch;
  batch.value("aaaa").value("bbbb");
  EXPECT_EQ(instance.encode(batch.build(), 0, {0, 1, 0}).body, R"({"values":["aaaa"]})");
  EXPECT_EQ(instance.encode(batch.build(), 0, {20, 0, 0}).body, R"({"values":["aaaa"]})");
  EXPECT_FALSE(instance.encode(batch.build(), 1, {18, 0, 0}).fits);
}

}  // namespace
