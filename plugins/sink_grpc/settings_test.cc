#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::grpc_sink {
namespace {

Config config(const std::string& target, Config metadata = Config::object()) {
  return {{"target", target},
          {"mode", "unary"},
          {"channels", 1},
          {"timeout", 1000},
          {"max_message_bytes", 4194304},
          {"metadata", std::move(metadata)}};
}

std::string problem(const Config& config) {
  try {
    static_cast<void>(read_settings(config));
  } catch (const Error& error) {
    return error.id() + " " + error.field() + ": " + error.what();
  }
  return "none";
}

TEST(Settings, TargetsThatAreAddresses) {
  EXPECT_EQ(read_settings(config("localhost:9000")).target, "dns:///localhost:9000");
  EXPECT_EQ(read_settings(config("[::1]:9000")).target, "dns:///[::1]:9000");
  EXPECT_EQ(read_settings(config("unix:/run/f.sock")).target, "unix:/run/f.sock");
  EXPECT_EQ(read_settings(config("unix:f.sock")).target, "unix:f.sock");
}

TEST(Settings, WhatIsNoAddressIsRefused) {
  for (const char* target : {"localhost", "localhost:", "localhost:http", "localhost:0", "localhost:65536", ":9000",
                             "xds:///f:1", "dns:///f:1", "http://f:1", "unix:", "::1:9000", "a b:1", "f:1/x"}) {
    EXPECT_THAT(problem(config(target)), ::testing::StartsWith("MR4101 /target: ")) << target;
  }
  EXPECT_THAT(problem(config("unix:/" + std::string(107, 'x'))), ::testing::HasSubstr("107"));
}

TEST(Settings, MetadataNamesAndValues) {
  EXPECT_EQ(problem(config("f:1", {{"x-token", "a b~"}, {"a.b_c-1", "${secret:env:TOKEN}"}, {"x-bin", "\x01\xff"}})),
            "none");
  for (const char* name : {"X-Token", "grpc-timeout", ":path", "content-type", "te", "", "a b", "host"})
    EXPECT_THAT(problem(config("f:1", {{name, "v"}})), ::testing::StartsWith("MR4102 /metadata/")) << name;
  EXPECT_THAT(problem(config("f:1", {{"x", "tab\t"}})), ::testing::HasSubstr("printable"));
}

TEST(Settings, ASecretsLastLineBreakIsCutAndNoValueIsShown) {
  EXPECT_EQ(metadata_value("x", "token\r\n"), "token");
  EXPECT_EQ(metadata_value("x", "token"), "token");
  try {
    metadata_value("x", "hush\nhush");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::Not(::testing::HasSubstr("hush")));
  }
}

TEST(Settings, TlsIsOnWhenItIsThere) {
  EXPECT_FALSE(read_settings(config("f:1")).tls);
  Config with = config("f:1");
  with["tls"] = Config::object();
  EXPECT_TRUE(read_settings(with).tls);
}

}  // namespace
}  // namespace millrace::grpc_sink
