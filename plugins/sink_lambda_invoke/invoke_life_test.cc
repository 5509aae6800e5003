// The sink against a server on loopback: connections, stop, signatures, trust and the check.
#include <optional>
#include <thread>

#include "invoke_fixture.h"
#include "sigv4.h"
#include "tests/certificates/test_authority.h"

namespace millrace::lambda_invoke {
namespace {

using tests::TestAuthority;

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
  EXPECT_EQ(sink.send({}).outcome, std::uint32_t{MR_DONE});
  // The second may be on its way when the reset comes; then the host sends it again, not the sink.
  const std::uint32_t second = sink.send({}).outcome;
  EXPECT_TRUE(second == MR_DONE || second == MR_BUSY) << second;
  EXPECT_EQ(sink.send({}).outcome, std::uint32_t{MR_DONE});
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
  EXPECT_EQ(threads_left(before), before);
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
  EXPECT_EQ(threads_left(before), before);  // the transport, which alone opens connections, was never made
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
