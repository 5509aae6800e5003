// The sink against a server on loopback: every row of the table of outcomes.
#include "invoke_fixture.h"

namespace millrace::lambda_invoke {
namespace {

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

}  // namespace
}  // namespace millrace::lambda_invoke
