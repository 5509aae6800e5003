// The sink against a server on loopback: every row of the table of outcomes, and what connections do to requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <millrace/testing.hpp>
#include <optional>

#include "loopback_server.h"
#include "sigv4.h"
#include "test_certificates.h"

MR_DECLARE_PLUGIN(sink_lambda_invoke);

namespace millrace::lambda_invoke {
namespace {

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

std::uint64_t in(std::chrono::milliseconds delay) {
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
};

TEST_F(Invoke, SendsTheBodyAsASynchronousInvocation) {
  SeenRequest seen;
  LoopbackServer server([&](const SeenRequest&, Connection& c) {
    c.send(http_reply(200, "null", "X-Amz-Executed-Version: 7\r\nX-Amzn-RequestId: abc-1\r\n"));
  });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url(), {{"qualifier", "PROD"}}));
  EXPECT_EQ(sink.limits().max_bytes, 6291456u);
  sink.start();
  const Result result = sink.send({.body = R"({"records":{}})"});
  EXPECT_EQ(result.outcome, std::uint32_t{MR_DONE});
  EXPECT_THAT(result.attributes,
              ElementsAre(Pair("executedVersion", "7"), Pair("requestId", "abc-1"), Pair("statusCode", "200")));

  const SeenRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/2015-03-31/functions/orders/invocations?Qualifier=PROD");
  EXPECT_EQ(request.body, R"({"records":{}})");
  EXPECT_THAT(request.headers, Contains(Pair("x-amz-invocation-type", "RequestResponse")));
  EXPECT_THAT(request.headers, Contains(Pair("content-type", "application/json")));
  EXPECT_THAT(request.headers, Contains(Pair("host", "127.0.0.1:" + std::to_string(server.port()))));
  EXPECT_FALSE(request.headers.contains("expect"));
  EXPECT_FALSE(request.headers.contains("authorization"));
}

// ---- the table ------------------------------------------------------------------------------------------------------

TEST_F(Invoke, A200IsDone) {
  EXPECT_EQ(reply_with(200).outcome, std::uint32_t{MR_DONE});
}

TEST_F(Invoke, AFunctionErrorIsRetried) {
  const Result result =
      reply_with(200, R"({"errorType":"ValueError","errorMessage":"boom"})", "X-Amz-Function-Error: Unhandled\r\n");
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_EQ(result.detail, "The function failed (Unhandled): ValueError: boom");
  EXPECT_THAT(result.attributes, Contains(Pair("functionError", "Unhandled")));
  EXPECT_THAT(result.attributes, Contains(Pair("statusCode", "200")));
  EXPECT_THAT(result.attributes, Contains(Pair("id", "MR4020")));
  // A header without a value is still there.
  EXPECT_EQ(reply_with(200, "null", "X-Amz-Function-Error:\r\n").outcome, std::uint32_t{MR_RETRY});
}

TEST_F(Invoke, ThrottlesAndOutagesAreBusyAndHonourRetryAfter) {
  for (const int status : {408, 409, 429, 500, 502, 503, 504}) {
    const Result result = reply_with(status, "{}", "Retry-After: 3\r\n");
    EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY}) << status;
    EXPECT_EQ(result.retry_after_ms, 3000u) << status;
    EXPECT_THAT(result.attributes, Contains(Pair("statusCode", std::to_string(status))));
  }
}

TEST_F(Invoke, WhatAPersonMustRepairIsBlocked) {
  for (const int status : {301, 400, 401, 403, 404, 415}) {
    const Result result = reply_with(status, R"({"Message":"why"})", "X-Amzn-ErrorType: SomeException\r\n");
    EXPECT_EQ(result.outcome, std::uint32_t{MR_BLOCKED}) << status;
    EXPECT_EQ(result.reason, "FUNCTION_CONFIG_NOT_VALID");
    EXPECT_THAT(result.detail, StartsWith("The endpoint answered " + std::to_string(status) + ": SomeException: why"));
  }
}

TEST_F(Invoke, A413IsTooLarge) {
  EXPECT_EQ(reply_with(413).outcome, std::uint32_t{MR_TOO_LARGE});
}

TEST_F(Invoke, ARequestBeyondTheLimitIsTooLargeAndNotSent) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  sink.start();
  EXPECT_EQ(sink.send({.body = std::string(6291457, 'x')}).outcome, std::uint32_t{MR_TOO_LARGE});
  EXPECT_EQ(server.connections(), 0u);
  EXPECT_EQ(sink.send({.body = std::string(6291456, 'x')}).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(server.requests().at(0).body.size(), 6291456u);
}

TEST_F(Invoke, ARefusedConnectionIsBusy) {
  std::string url;
  {
    url = LoopbackServer([](const SeenRequest&, Connection&) {}).url();
  }
  FakeHost host;
  SinkDriver sink(component(), host, config(url));
  sink.start();
  const Result result = sink.send({});
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
  EXPECT_THAT(result.detail, StartsWith("The endpoint cannot be reached: Failed to connect to 127.0.0.1 port"));
  EXPECT_THAT(result.attributes, ElementsAre(Pair("id", "MR4016")));
}

TEST_F(Invoke, AResetBeforeTheReplyIsBusy) {
  const Result result = send_to([](const SeenRequest&, Connection& c) { c.reset(); });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
  EXPECT_THAT(result.detail, StartsWith("The connection broke: "));
}

TEST_F(Invoke, AResetWithinTheReplyIsBusyAndNotDone) {
  const Result result = send_to([](const SeenRequest&, Connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnul");
    c.reset();
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
}

TEST_F(Invoke, WhatIsNotHttpIsBusy) {
  EXPECT_EQ(send_to([](const SeenRequest&, Connection& c) {
              c.send("220 mail.example.org ESMTP\r\n");
              c.reset();
            }).outcome,
            std::uint32_t{MR_BUSY});
}

TEST_F(Invoke, SilenceEndsAtTheTimeout) {
  const Result result = send_to([](const SeenRequest&, Connection& c) { c.hang(); }, {{"timeout", "150ms"}});
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
  EXPECT_EQ(result.code, mr_status{MR_DEADLINE_EXCEEDED});
  EXPECT_THAT(result.detail, StartsWith("No reply in time: "));
  EXPECT_THAT(result.attributes, ElementsAre(Pair("id", "MR4017")));
}

TEST_F(Invoke, SilenceEndsAtTheRequestsDeadlineWhenThatIsEarlier) {
  const Result result = send_to([](const SeenRequest&, Connection& c) { c.hang(); }, Config::object(),
                                {.deadline_ns = in(std::chrono::milliseconds(150))});
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
  EXPECT_EQ(result.code, mr_status{MR_DEADLINE_EXCEEDED});
}

TEST_F(Invoke, AnEndlessReplyEndsAtTheTimeout) {
  const Result result = send_to(
      [](const SeenRequest&, Connection& c) {
        c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnul");
        c.hang();
      },
      {{"timeout", "150ms"}});
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
}

TEST_F(Invoke, AReplyInPiecesIsAReply) {
  const Result result = send_to([](const SeenRequest&, Connection& c) {
    for (const char byte : http_reply(200, R"({"errorMessage":"x"})", "X-Amz-Function-Error: Handled\r\n"))
      c.send({&byte, 1});
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_EQ(result.detail, "The function failed (Handled): x");
}

TEST_F(Invoke, AReplyOfAGibibyteIsNotRead) {
  const Result result = send_to([](const SeenRequest&, Connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
    c.hang();
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_THAT(result.attributes, Contains(Pair("id", "MR4021")));
}

TEST_F(Invoke, AReplyThatGoesOnWithoutSayingHowLongIsCut) {
  const Result result = send_to([](const SeenRequest&, Connection& c) {
    c.send("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
    for (int i = 0; i < 200; ++i) c.send(chunk);
    c.hang();
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_THAT(result.attributes, Contains(Pair("id", "MR4021")));
}

TEST_F(Invoke, AnInterimReplyDoesNotCount) {
  const Result result = send_to([](const SeenRequest&, Connection& c) {
    c.send("HTTP/1.1 103 Early Hints\r\nX-Amz-Function-Error: Unhandled\r\n\r\n" + http_reply(200));
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_DONE});
}

TEST_F(Invoke, ARedirectIsNotFollowed) {
  LoopbackServer other([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  const Result result = reply_with(307, "", "Location: " + other.url() + "/\r\n");
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BLOCKED});
  EXPECT_EQ(other.connections(), 0u);
}

// ---- connections ----------------------------------------------------------------------------------------------------

TEST_F(Invoke, RequestsInARowShareAConnection) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  sink.start();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(sink.send({.body = std::to_string(i)}).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(server.connections(), 1u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(server.requests()[i].body, std::to_string(i));
}

TEST_F(Invoke, AConnectionThatTheServerClosedIsReplaced) {
  LoopbackServer server([](const SeenRequest& r, Connection& c) {
    c.send(http_reply(200));
    if (r.number == 0) c.reset();
  });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  sink.start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sink.send({}).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(Invoke, ManyRequestsAreUnderWayAtOnceAndEachGetsItsOwnAnswer) {
  constexpr std::size_t kCount = 64;
  LoopbackServer server([](const SeenRequest& r, Connection& c) {
    if (!c.hold()) return;
    if (r.body.ends_with('3')) return c.send(http_reply(429));
    c.send(http_reply(200, "null", "X-Amzn-RequestId: id-" + r.body + "\r\n"));
  });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  sink.start();
  for (std::size_t i = 0; i < kCount; ++i) sink.submit({.body = std::to_string(i)});
  server.wait_for_requests(kCount);  // all of them, and not one is answered
  EXPECT_EQ(sink.answers(), 0u);
  server.release();
  for (std::size_t i = 0; i < kCount; ++i) {
    const Result result = sink.wait(i);
    EXPECT_EQ(result.outcome, std::uint32_t{i % 10 == 3 ? MR_BUSY : MR_DONE}) << i;
    if (i % 10 != 3) {
      EXPECT_THAT(result.attributes, Contains(Pair("requestId", "id-" + std::to_string(i))));
    }
  }
  sink.stop();
  EXPECT_THAT(sink.violations(), ElementsAre());
}

// ---- stop -----------------------------------------------------------------------------------------------------------

TEST_F(Invoke, StopLetsOutstandingRequestsFinish) {
  LoopbackServer server([](const SeenRequest&, Connection& c) {
    if (c.hold()) c.send(http_reply(200));
  });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  sink.start();
  for (int i = 0; i < 4; ++i) sink.submit({});
  server.wait_for_requests(4);
  std::thread stopper([&] { sink.stop(in(std::chrono::seconds(20))); });
  server.release();
  stopper.join();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sink.wait(i).outcome, std::uint32_t{MR_DONE});
  EXPECT_THAT(sink.violations(), ElementsAre());
}

TEST_F(Invoke, StopAnswersWhatIsLeftAtItsDeadline) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.hang(); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  sink.start();
  for (int i = 0; i < 4; ++i) sink.submit({});
  server.wait_for_requests(4);
  sink.stop(in(std::chrono::milliseconds(50)));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(sink.wait(i).outcome, std::uint32_t{MR_BUSY});
    EXPECT_EQ(sink.wait(i).detail, "Stopped before the endpoint replied");
  }
  EXPECT_EQ(sink.answers(), 4u);
  EXPECT_THAT(sink.violations(), ElementsAre());
}

TEST_F(Invoke, StopWithoutADeadlineAnswersAtOnceAndNothingIsTakenAfterIt) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.hang(); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  sink.start();
  sink.submit({});
  sink.stop(0);
  EXPECT_EQ(sink.wait(0).outcome, std::uint32_t{MR_BUSY});
  EXPECT_THROW(sink.submit({}), Error);
  sink.stop(0);
  EXPECT_THAT(sink.violations(), ElementsAre());
}

TEST_F(Invoke, StopWithoutStartAndStartWithoutRequestsAreQuiet) {
  FakeHost host;
  { SinkDriver sink(component(), host, config("http://127.0.0.1:1")); }
  const std::size_t before = threads();
  {
    SinkDriver sink(component(), host, config("http://127.0.0.1:1"));
    EXPECT_THROW(sink.submit({}), Error);
    sink.start();
    EXPECT_EQ(threads(), before + 1);
    EXPECT_TRUE(host.logged("requests go to a function"));
  }
  EXPECT_EQ(threads(), before);
}

// ---- signing and trust ----------------------------------------------------------------------------------------------

TEST_F(Invoke, SignsWithWhatItFindsAndTheServerCanVerifyIt) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  FakeHost host;
  host.secrets["${secret:file:key}"] = "SECRET";
  host.secrets["${secret:file:token}"] = "TOKEN";
  SinkDriver sink(
      component(), host,
      config(server.url() + "/base", {{"function", "arn:aws:lambda:eu-west-1:123456789012:function:orders:PROD"},
                                      {"credentials",
                                       {{"access_key_id", "AKID"},
                                        {"secret_access_key", "${secret:file:key}"},
                                        {"session_token", "${secret:file:token}"}}}}));
  sink.start();
  ASSERT_EQ(sink.send({.body = "{\"a\":1}"}).outcome, std::uint32_t{MR_DONE});
  const SeenRequest seen = server.requests().at(0);
  const std::string path =
      "/base/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aorders/invocations";
  EXPECT_EQ(seen.target, path + "?Qualifier=PROD");
  EXPECT_EQ(seen.headers.at("x-amz-security-token"), "TOKEN");

  std::tm utc{};
  ASSERT_NE(strptime(seen.headers.at("x-amz-date").c_str(), "%Y%m%dT%H%M%SZ", &utc), nullptr);
  const std::vector<std::pair<std::string, std::string>> headers{
      {"content-type", seen.headers.at("content-type")},
      {"host", seen.headers.at("host")},
      {"x-amz-invocation-type", seen.headers.at("x-amz-invocation-type")}};
  const std::span<const std::uint8_t> body{reinterpret_cast<const std::uint8_t*>(seen.body.data()), seen.body.size()};
  SigV4 verifier("lambda", "eu-west-1");
  EXPECT_EQ(seen.headers.at("authorization"),
            verifier.sign({"POST", path, "Qualifier=PROD", headers, body}, {"AKID", "SECRET", "TOKEN"}, timegm(&utc))
                .authorization);
  for (const auto& line : host.logs()) {
    for (const auto& [name, value] : line.fields) EXPECT_THAT(value, ::testing::Not(HasSubstr("SECRET")));
  }
}

TEST_F(Invoke, SignsAutomaticallyOnlyWhenThereAreCredentials) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  const auto authorization = [&](const char* sign) {
    FakeHost host;
    SinkDriver sink(component(), host, config(server.url(), {{"sign", sign}}));
    sink.start();
    sink.send({});
    return server.requests().back().headers["authorization"];
  };
  EXPECT_EQ(authorization("auto"), "");
  EXPECT_EQ(start_error(config(server.url(), {{"sign", "always"}})),
            "MR4004 /credentials: sign is always, but there are no credentials.");
  setenv("AWS_ACCESS_KEY_ID", "ENVKEY", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
  EXPECT_THAT(authorization("auto"), StartsWith("AWS4-HMAC-SHA256 Credential=ENVKEY/"));
  EXPECT_THAT(authorization("always"), HasSubstr("/us-east-1/lambda/aws4_request"));
  EXPECT_EQ(authorization("never"), "");
}

TEST_F(Invoke, DoesNotStartAgainstAwsWithoutCredentialsAndTouchesNoNetwork) {
  const std::string none = "; nothing was sent.";
  const std::size_t before = threads();
  EXPECT_EQ(start_error({{"function", "orders"}, {"region", "us-east-1"}}),
            "MR4004 /credentials: There are no credentials for https://lambda.us-east-1.amazonaws.com" + none);
  EXPECT_EQ(start_error({{"function", "arn:aws:lambda:eu-west-1:123456789012:function:orders"}}),
            "MR4004 /credentials: There are no credentials for https://lambda.eu-west-1.amazonaws.com" + none);
  EXPECT_EQ(
      start_error(config("https://lambda.us-east-1.amazonaws.com", {{"region", "us-east-1"}, {"sign", "always"}})),
      "MR4004 /credentials: There are no credentials for https://lambda.us-east-1.amazonaws.com" + none);
  EXPECT_EQ(start_error(config("https://lambda.us-east-1.amazonaws.com", {{"region", "us-east-1"}, {"sign", "never"}})),
            "MR4004 /sign: sign is never, but the endpoint https://lambda.us-east-1.amazonaws.com is AWS's.");
  EXPECT_EQ(start_error({{"function", "orders"}}), "MR4003 /region: No region is known for AWS Lambda.");
  EXPECT_EQ(threads(), before);  // the transport, which alone opens connections, was never made
}

TEST_F(Invoke, RefusesAWrongConfigurationWithItsField) {
  EXPECT_EQ(start_error({{"function", "or ders"}, {"endpoint", "http://h:1"}}),
            "MR4001 /function: 'or ders': a name has letters, digits, '-' and '_' only, and is not empty.");
  EXPECT_EQ(start_error(config("h:1")),
            "MR4002 /endpoint: 'h:1' is no endpoint: it begins with neither http:// nor https://.");
  EXPECT_EQ(start_error(config("http://h:1", {{"credentials", {{"role_arn", "arn:x"}}}})),
            "MR4005 /credentials/role_arn: credentials.role_arn is not in this version.");
}

TEST_F(Invoke, TrustsThePrivateAuthorityThatItIsGivenAndNoOther) {
  const TestAuthority ours("Ours"), theirs("Theirs"), older_ours("Ours");
  const TestAuthority::Pem issued = ours.issue("IP:127.0.0.1"), elsewhere = ours.issue("DNS:example.org");
  const LoopbackServer::Identity identity{issued.certificate, issued.key},
      wrong_name{elsewhere.certificate, elsewhere.key};
  const auto send = [&](const LoopbackServer::Identity& server_identity, const std::string& root_ca) {
    LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); }, &server_identity);
    FakeHost host;
    host.secrets["${secret:file:ca.pem}"] = root_ca;
    SinkDriver sink(component(), host,
                    config(server.url(), {{"root_ca", root_ca.empty() ? "" : "${secret:file:ca.pem}"}}));
    sink.start();
    Result result = sink.send({.body = std::string(100000, 'x')});
    if (result.outcome == MR_DONE) {
      EXPECT_EQ(server.requests().at(0).body.size(), 100000u);
    }
    if (result.outcome != MR_DONE) {
      EXPECT_EQ(server.requests().size(), 0u);
    }
    return result;
  };
  EXPECT_EQ(send(identity, ours.pem()).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(send(identity, theirs.pem() + ours.pem()).outcome, std::uint32_t{MR_DONE});
  for (const Result& result : {send(identity, theirs.pem()), send(identity, older_ours.pem()), send(identity, ""),
                               send(wrong_name, ours.pem())}) {
    EXPECT_EQ(result.outcome, std::uint32_t{MR_BLOCKED});
    EXPECT_EQ(result.reason, "FUNCTION_CONFIG_NOT_VALID");
    EXPECT_THAT(result.detail, StartsWith("There is no trusted TLS connection to the endpoint: "));
    EXPECT_THAT(result.attributes, ElementsAre(Pair("id", "MR4018")));
  }
}

TEST_F(Invoke, RefusesARootCaThatIsNoCertificate) {
  FakeHost host;
  host.secrets["${secret:file:ca.pem}"] = "hello";
  SinkDriver sink(component(), host, config("https://127.0.0.1:1", {{"root_ca", "${secret:file:ca.pem}"}}));
  try {
    sink.start();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.id(), "MR4006");
    EXPECT_EQ(error.field(), "/root_ca");
  }
}

// ---- the check ------------------------------------------------------------------------------------------------------

TEST_F(Invoke, TheCheckConnectsAndSendsNothing) {
  LoopbackServer server([](const SeenRequest&, Connection& c) { c.send(http_reply(200)); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.url()));
  const std::vector<CheckStep> steps = sink.instance().check();
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].step, "credentials");
  EXPECT_EQ(steps[0].verdict, std::uint32_t{MR_PASS});
  EXPECT_EQ(steps[1].step, "connection");
  EXPECT_EQ(steps[1].verdict, std::uint32_t{MR_PASS});
  EXPECT_EQ(steps[2].step, "function");
  EXPECT_EQ(steps[2].verdict, std::uint32_t{MR_SKIP});
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST_F(Invoke, TheCheckSaysThatNobodyListens) {
  FakeHost host;
  SinkDriver sink(component(), host, config("http://127.0.0.1:1"));
  const std::vector<CheckStep> steps = sink.instance().check();
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[1].verdict, std::uint32_t{MR_FAIL});
  EXPECT_EQ(steps[1].finding->id(), "MR4016");
}

TEST_F(Invoke, TheCheckOfAwsWithoutCredentialsStopsBeforeTheConnection) {
  FakeHost host;
  SinkDriver sink(component(), host, {{"function", "orders"}, {"region", "us-east-1"}});
  const std::vector<CheckStep> steps = sink.instance().check();
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].verdict, std::uint32_t{MR_FAIL});
  EXPECT_EQ(steps[0].finding->id(), "MR4004");
}

}  // namespace
}  // namespace millrace::lambda_invoke
