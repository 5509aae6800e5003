// Each of gRPC's 17 codes, from a real server, in both modes.
#include "call_fixture.h"

namespace millrace::grpc_sink {
namespace {

using Code = grpc::StatusCode;

struct Row {
  int code;
  std::uint32_t outcome;
  const char* id;
};

// OK without a response is none of a function's answers: nobody knows what it did. On a stream it is an end like
// others.
constexpr Row kRows[] = {
    {1, MR_BUSY, "MR4113"},    {2, MR_BUSY, "MR4113"},  {3, MR_RETRY, "MR4130"},   {4, MR_BUSY, "MR4115"},
    {5, MR_BLOCKED, "MR4110"}, {6, MR_BUSY, "MR4113"},  {7, MR_BLOCKED, "MR4111"}, {8, MR_BUSY, "MR4113"},
    {9, MR_RETRY, "MR4130"},   {10, MR_BUSY, "MR4113"}, {11, MR_BUSY, "MR4113"},   {12, MR_BLOCKED, "MR4110"},
    {13, MR_BUSY, "MR4113"},   {14, MR_BUSY, "MR4114"}, {15, MR_BUSY, "MR4113"},   {16, MR_BLOCKED, "MR4111"}};

class Status : public Call {};

TEST_P(Status, EachCodeHasItsOutcome) {
  FunctionServer server([](const Seen&) { return hang(); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target()));
  sink.start();
  const bool is_stream = std::string(GetParam()) == "stream";
  int number = 0;
  for (const Row& row : kRows) {
    server.answer_by([&](const Seen&) { return status(static_cast<Code>(row.code), "scripted\nwords"); });
    const Result result = sink.send(request("r" + std::to_string(++number)));
    EXPECT_EQ(result.outcome, row.outcome) << row.code << " " << result.detail;
    // A stream that ends for a reason that concerns nobody's records says so.
    const bool is_broken = is_stream && row.outcome == MR_BUSY;
    EXPECT_EQ(result.attributes.at("id"), is_broken ? "MR4117" : row.id) << row.code;
    EXPECT_EQ(result.attributes.at("statusCode"), std::to_string(row.code));
    EXPECT_EQ(result.code, static_cast<mr_status>(row.code));
    EXPECT_THAT(result.detail, HasSubstr("scripted words"));
    EXPECT_EQ(result.reason, row.outcome == MR_BLOCKED ? "FUNCTION_CONFIG_NOT_VALID" : "") << row.code;
  }
  server.answer_by([&](const Seen&) { return status(Code::OK, ""); });
  EXPECT_EQ(sink.send(request("ok")).outcome, is_stream ? MR_BUSY : MR_RETRY);
  // And after all of that the next request is simply delivered.
  server.answer_by([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  EXPECT_EQ(sink.send(request("last")).outcome, std::uint32_t{MR_DONE});
  sink.stop();
  EXPECT_THAT(sink.violations(), ElementsAre());
}

TEST_P(Status, PushbackIsHonoured) {
  const Result result = send_to([](const Seen&) {
    return status(Code::RESOURCE_EXHAUSTED, "slow down", {{"grpc-retry-pushback-ms", "1500"}});
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_BUSY});
  EXPECT_EQ(result.retry_after_ms, 1500u);
}

TEST_P(Status, AMessageAboveTheServersLimitIsTooLarge) {
  // The server's own refusal, not a scripted one: 4 MiB is what gRPC servers take.
  FunctionServer server([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  FakeHost host;
  SinkDriver sink(component(), host, config(server.target(), {{"max_message_bytes", "8MiB"}}));
  sink.start();
  const Result result = sink.send(request("big", std::string((4 << 20) + 1, 'x')));
  EXPECT_EQ(result.outcome, std::uint32_t{MR_TOO_LARGE}) << result.detail;
  EXPECT_EQ(result.attributes.at("id"), "MR4112");
  EXPECT_EQ(sink.send(request("small")).outcome, std::uint32_t{MR_DONE});
}

TEST_P(Status, TooLargeInOtherWordsAndTooLargeAResponse) {
  const auto outcome = [&](Code code, const std::string& text) {
    return send_to([=](const Seen&) { return status(code, text); }).outcome;
  };
  EXPECT_EQ(outcome(Code::RESOURCE_EXHAUSTED, "grpc: received message larger than max (5000000 vs. 4194304)"),
            std::uint32_t{MR_TOO_LARGE});
  EXPECT_EQ(outcome(Code::RESOURCE_EXHAUSTED, "gRPC message exceeds maximum size 4194304: 5000000"),
            std::uint32_t{MR_TOO_LARGE});
  EXPECT_EQ(outcome(Code::RESOURCE_EXHAUSTED, "Received message exceeds the maximum configured message size."),
            std::uint32_t{MR_TOO_LARGE});
  EXPECT_EQ(outcome(Code::OUT_OF_RANGE, "Error, message length too large: found 5000000 bytes, the limit is: 4194304"),
            std::uint32_t{MR_TOO_LARGE});
  // The function ran and its answer was too large: splitting the request would not make it smaller.
  EXPECT_NE(outcome(Code::RESOURCE_EXHAUSTED, "Sent message larger than max (5000000 vs. 4194304)"),
            std::uint32_t{MR_TOO_LARGE});
}

TEST_P(Status, AResponseAboveOurLimitIsAFailureOfTheFunction) {
  const Result result = send_to([](const Seen&) {
    Reply reply = respond(v1::OUTCOME_RETRY);
    reply.response.set_error_message(std::string(7 << 20, 'x'));
    return reply;
  });
  EXPECT_EQ(result.outcome, std::uint32_t{MR_RETRY}) << result.detail;
  EXPECT_EQ(result.attributes.at("id"), "MR4132");
}

INSTANTIATE_TEST_SUITE_P(InBothModes, Status, ::testing::Values("unary", "stream"), mode_name);

}  // namespace
}  // namespace millrace::grpc_sink
