// The auth component through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

MR_DECLARE_PLUGIN(auth_@NAME@);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance

TEST(@CLASS@, EmitsThePasswordAsASecret) {
  FakeHost host;
  host.secrets["${secret:file:kafka-password}"] = "tea";
  Instance instance(component(millrace_plugin_entry_v1_auth_@NAME@(), "@NAME@"), host,
                    {{"username", "millrace"}, {"password", "${secret:file:kafka-password}"}});
  const Provided out = instance.provide("localhost:9093");
  EXPECT_EQ(out.value("sasl.username"), "millrace");
  EXPECT_EQ(out.value("sasl.password"), "tea");
  for (const Property& p : out.properties) EXPECT_EQ(p.is_secret, p.name == "sasl.password") << p.name;
}

}  // namespace
