// The fixture of the tests against a server on loopback: a clean environment, and one-line ways to send a request.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <millrace/testing.hpp>
#include <string>
#include <thread>

#include "loopback_server.h"

MR_DECLARE_PLUGIN(sink_lambda_invoke);

namespace millrace::lambda_invoke {

using millrace::testing::CheckStep;
using millrace::testing::FakeHost;
using millrace::testing::Request;
using millrace::testing::Result;
using millrace::testing::SinkDriver;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;
using Connection = LoopbackServer::Connection;

inline std::uint64_t in(std::chrono::milliseconds delay) {
  const auto then = std::chrono::steady_clock::now() + delay;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(then.time_since_epoch()).count());
}

class Invoke : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
                             "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA",
                             "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}) {
      unsetenv(name);
    }
    setenv("HOME", "/nonexistent", 1);
    // A proxy in the environment must not matter.
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("https_proxy", "http://127.0.0.1:1", 1);
  }

  static const mr_component& component() {
    return millrace::testing::component(millrace_plugin_entry_v1_sink_lambda_invoke(), "lambda_invoke");
  }
  static Config config(const std::string& endpoint, Config more = Config::object()) {
    Config result{{"function", "orders"}, {"endpoint", endpoint}};
    result.update(more);
    return result;
  }
  // One request to a server that does `script`.
  static Result send_to(LoopbackServer::Script script, Config more = Config::object(), Request request = {}) {
    LoopbackServer server(std::move(script));
    FakeHost host;
    SinkDriver sink(component(), host, config(server.url(), more));
    sink.start();
    const Result result = sink.send(std::move(request));
    sink.stop();
    EXPECT_THAT(sink.violations(), ElementsAre());
    return result;
  }
  static Result reply_with(int status, std::string body = "null", std::string headers = "") {
    return send_to([=](const SeenRequest&, Connection& c) { c.send(http_reply(status, body, headers)); });
  }
  static std::string start_error(const Config& config) {
    FakeHost host;
    try {
      SinkDriver sink(component(), host, config);
      sink.start();
    } catch (const Error& error) {
      return error.id() + " " + error.field() + ": " + error.what();
    }
    return "started";
  }
  static std::size_t threads() {
    const auto entries = std::filesystem::directory_iterator("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
  // How many there are once those beyond `wanted` had time to go: join() returns a moment before the system lets go of
  // a thread.
  static std::size_t threads_left(std::size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::size_t count = threads();
    for (; count > wanted && std::chrono::steady_clock::now() < deadline; count = threads()) std::this_thread::yield();
    return count;
  }
};

}  // namespace millrace::lambda_invoke
