// The fixture of the tests against a server on loopback: one-line ways to send a request.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <millrace/testing.hpp>
#include <string>
#include <thread>

#include "exchange.h"
#include "function_server.h"

MR_DECLARE_PLUGIN(sink_grpc);

namespace millrace::grpc_sink {

using millrace::testing::CheckStep;
using millrace::testing::FakeHost;
using millrace::testing::Request;
using millrace::testing::Result;
using millrace::testing::SinkDriver;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using namespace std::chrono_literals;

inline std::uint64_t in(std::chrono::milliseconds delay) {
  return now_ns() + static_cast<std::uint64_t>(delay.count()) * 1'000'000;
}

inline Request request(const std::string& id, std::string body = "{}") {
  Request result;
  result.request_id = id;
  result.body = std::move(body);
  return result;
}

// Every test runs in both modes where the parameter says so: "unary", "stream".
class Call : public ::testing::TestWithParam<const char*> {
 protected:
  static const mr_component& component() {
    return millrace::testing::component(millrace_plugin_entry_v1_sink_grpc(), "grpc");
  }
  Config config(const std::string& target, Config more = Config::object()) const {
    Config result{{"target", target}};
    if (GetParam() != nullptr) result["mode"] = GetParam();
    if (more.is_object()) result.update(more);
    return result;
  }
  // One request to a server that does `script`.
  Result send_to(FunctionServer::Script script, Config more = Config::object(), Request r = {}) {
    FunctionServer server(std::move(script));
    FakeHost host;
    SinkDriver sink(component(), host, config(server.target(), std::move(more)));
    sink.start();
    const Result result = sink.send(std::move(r));
    sink.stop();
    EXPECT_THAT(sink.violations(), ElementsAre());
    return result;
  }
  static std::size_t threads_named(const std::string& start) {
    std::size_t count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream file(task.path() / "comm");
      std::string name;
      std::getline(file, name);
      count += name.starts_with(start) ? 1 : 0;
    }
    return count;
  }
  // How many are still there once they had time to go: join() returns a moment before the system lets go of a thread.
  static std::size_t threads_left(const std::string& start) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::size_t count = threads_named(start);
    for (; count != 0 && std::chrono::steady_clock::now() < deadline; count = threads_named(start))
      std::this_thread::yield();
    return count;
  }
};

inline std::string mode_name(const ::testing::TestParamInfo<const char*>& info) {
  return info.param;
}

}  // namespace millrace::grpc_sink
