// The auth component through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

MR_DECLARE_PLUGIN(auth_password);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance, Provided

const char* const kReference = "${secret:file:password}";

Provided provided(const std::string& secret) {
  FakeHost host;
  host.secrets[kReference] = secret;
  Instance password(component(millrace_plugin_entry_v1_auth_password(), "password"), host,
                    {{"username", "millrace"}, {"password", kReference}});
  return password.provide("broker-1:9093");
}

TEST(Password, SaysHowToLogIn) {
  const Provided out = provided("hunter2\n");
  EXPECT_EQ(out.value("tls.enabled"), "1");
  EXPECT_EQ(out.value("sasl.mechanism"), "PLAIN");
  EXPECT_EQ(out.value("sasl.username"), "millrace");
  EXPECT_EQ(out.value("sasl.password"), "hunter2");
}

TEST(Password, MarksThePasswordAndNothingElseAsSecret) {
  for (const Property& property : provided("hunter2").properties)
    EXPECT_EQ(property.is_secret, property.name == "sasl.password") << property.name;
}

TEST(Password, RefusesAnEmptySecret) {
  EXPECT_THROW(provided(""), millrace::Error);
  EXPECT_THROW(provided("\n"), millrace::Error);
}

}  // namespace
