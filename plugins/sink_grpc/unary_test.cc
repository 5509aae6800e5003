// What a function sees, and what each of its responses means, in both modes.
#include "call_fixture.h"

namespace millrace::grpc_sink {
namespace {

class Answers : public Call {};

TEST_P(Answers, TheFunctionSeesTheRequestAsItIs) {
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  FakeHost host;
  host.secrets["${secret:file:token}"] = "t0ken\n";
  SinkDriver sink(component(), host,
                  config(server.target(), {{"metadata", {{"x-token", "${secret:file:token}"}, {"x-env", "test"}}}}));
  sink.start();
  Request r = request("orders-7", std::string(1 << 20, 'p'));
  r.attempt = 300;
  EXPECT_EQ(sink.send(r).outcome, std::uint32_t{MR_DONE});
  sink.stop();
  ASSERT_EQ(server.seen().size(), 1u);
  const Seen seen = server.seen().front();
  EXPECT_EQ(seen.method, std::string(GetParam()) == "unary" ? kInvoke : kInvokeStream);
  EXPECT_EQ(seen.has_deadline, std::string(GetParam()) == "unary");
  EXPECT_EQ(seen.request.request_id(), "orders-7");
  EXPECT_EQ(seen.request.pipeline(), host.pipeline_id);
  EXPECT_EQ(seen.request.attempt(), 300u);
  EXPECT_EQ(seen.request.content_type(), "application/json");
  EXPECT_EQ(seen.request.payload(), std::string(1 << 20, 'p'));
  EXPECT_THAT(seen.metadata, Contains(Pair("x-token", "t0ken")));
  EXPECT_THAT(seen.metadata, Contains(Pair("x-env", "test")));
}

TEST_P(Answers, AnEmptyBodyArrives) {
  EXPECT_EQ(send_to(
                [](const Seen& seen) {
                  return respond(seen.request.payload().empty() ? v1::OUTCOME_DONE : v1::OUTCOME_RETRY);
                },
                {}, request("empty", ""))
                .outcome,
            std::uint32_t{MR_DONE});
}

TEST_P(Answers, UnspecifiedIsDone) {
  EXPECT_EQ(send_to([](const Seen&) { return respond(v1::OUTCOME_UNSPECIFIED); }).outcome, std::uint32_t{MR_DONE});
}

TEST_P(Answers, RetryCountsAndWaitsAsTheFunctionAsks) {
  const Result result = send_to([](const Seen&) {
    Reply reply = respond(v1::OUTCOME_RETRY);
    reply.response.set_error_type("NotReady");
    reply.response.set_error_message("the\tdatabase is away");
    reply.response.mutable_retry_after()->set_seconds(2);
    reply.response.mutable_retry_after()->set_nanos(1);
    return reply;
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_EQ(result.retry_after_ms, 2001u);
  EXPECT_EQ(result.reason, "NotReady");
  EXPECT_EQ(result.detail, "The function failed: NotReady: the database is away");
  EXPECT_EQ(result.attributes.at("id"), "MR4130");
}

TEST_P(Answers, RejectCarriesTheReason) {
  const Result result = send_to([](const Seen&) {
    Reply reply = respond(v1::OUTCOME_REJECT);
    reply.response.set_error_type("InvalidOrder");
    reply.response.set_error_message("no customer");
    return reply;
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_REJECT});
  EXPECT_EQ(result.reason, "InvalidOrder");
  EXPECT_THAT(result.detail, HasSubstr("no customer"));
}

Request three_records() {
  Request r = request("three");
  r.records = {{"orders", 0, 10}, {"orders", 0, 11}, {"orders", 5, 10}};
  return r;
}

TEST_P(Answers, PartialNamesTheFailedRecordsByTheirPlaceInKafka) {
  const Result result = send_to(
      [](const Seen&) {
        Reply reply = respond(v1::OUTCOME_PARTIAL);
        for (const auto& [partition, offset] : {std::pair{5, 10}, std::pair{0, 10}, std::pair{5, 10}}) {
          v1::FailedRecord* failed = reply.response.add_failed();
          failed->set_topic("orders");
          failed->set_partition(partition);
          failed->set_offset(offset);
        }
        return reply;
      },
      {}, three_records());
  EXPECT_EQ(result.outcome, std::uint32_t{MR_PARTIAL});
  EXPECT_THAT(result.failed, ElementsAre(0u, 2u));
}

TEST_P(Answers, PartialWithoutAFailedRecordIsDone) {
  EXPECT_EQ(send_to([](const Seen&) { return respond(v1::OUTCOME_PARTIAL); }, {}, three_records()).outcome,
            std::uint32_t{MR_DONE});
}

TEST_P(Answers, AFailedRecordThatIsNotInTheRequestMakesTheAnswerWorthless) {
  const Result result = send_to(
      [](const Seen&) {
        Reply reply = respond(v1::OUTCOME_PARTIAL);
        reply.response.add_failed()->set_topic("payments");
        return reply;
      },
      {}, three_records());
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_EQ(result.attributes.at("id"), "MR4132");
}

TEST_P(Answers, AnOutcomeOfALaterVersionIsRetried) {
  const Result result = send_to([](const Seen&) { return respond(static_cast<v1::Outcome>(77)); });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_THAT(result.detail, HasSubstr("outcome 77"));
}

TEST_P(Answers, AnotherRequestsIdIsNoAnswerToThisOne) {
  const Result result = send_to([](const Seen&) {
    Reply reply = respond(v1::OUTCOME_DONE);
    reply.response.set_request_id("somebody-else");
    return reply;
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_EQ(result.attributes.at("id"), "MR4132");
  EXPECT_THAT(result.detail, HasSubstr("somebody-else"));
}

TEST_P(Answers, BytesThatAreNoResponseAreAFailureOfTheFunction) {
  const Result result = send_to([](const Seen&) { return Reply{.kind = Reply::Kind::kRaw, .raw = "\xff\xff\xff"}; });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY});
  EXPECT_EQ(result.attributes.at("id"), "MR4132");
}

TEST_P(Answers, SixMebibytesPassWhenBothEndsAllowThem) {
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); }, {.largest_message = 7 << 20});
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target(), {{"max_message_bytes", "7MiB"}}));
  sink.start();
  EXPECT_EQ(sink.limits().max_bytes, (7u << 20) - 1024);
  EXPECT_EQ(sink.send(request("big", std::string(6291456, 'x'))).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(server.seen().front().request.payload().size(), 6291456u);
}

TEST_P(Answers, WhatIsAboveTheSinksOwnLimitIsNotSent) {
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target()));
  sink.start();
  EXPECT_EQ(sink.limits().max_bytes, (4u << 20) - 1024);
  EXPECT_EQ(sink.send(request("big", std::string(4 << 20, 'x'))).outcome, std::uint32_t{MR_TOO_LARGE});
  // The largest that it takes does arrive at a server with gRPC's own limit.
  EXPECT_EQ(sink.send(request(std::string(128, 'i'), std::string((4 << 20) - 1024, 'x'))).outcome,
            std::uint32_t{MR_DONE});
  EXPECT_EQ(server.seen().size(), 1u);
}

TEST_P(Answers, ManyAtOnceAreAnsweredWhateverTheirOrder) {
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target(), {{"channels", 3}}));
  sink.start();
  server.hold();
  for (int i = 0; i < 60; ++i) sink.submit(request("r" + std::to_string(i), std::string(1000, 'x')));
  ASSERT_TRUE(server.wait_for(60));
  EXPECT_EQ(sink.answers(), 0u);
  server.release();
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(sink.wait(i).outcome, std::uint32_t{MR_DONE});
  // Three channels are three connections, and the requests are spread over them evenly.
  std::map<std::string, int> peers;
  for (const Seen& seen : server.seen()) ++peers[seen.peer];
  EXPECT_EQ(peers.size(), 3u);
  for (const auto& [peer, count] : peers) EXPECT_EQ(count, 20) << peer;
  sink.stop();
  EXPECT_THAT(sink.violations(), ElementsAre());
}

INSTANTIATE_TEST_SUITE_P(InBothModes, Answers, ::testing::Values("unary", "stream"), mode_name);

}  // namespace
}  // namespace millrace::grpc_sink
