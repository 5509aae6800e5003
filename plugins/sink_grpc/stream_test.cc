// What only a stream can do wrong.
#include "call_fixture.h"

namespace millrace::grpc_sink {
namespace {

class Stream : public Call {
 protected:
  Stream() : server_([](const Seen&) { return hang(); }) {}
  SinkDriver sink(Config more = Config::object()) {
    more["mode"] = "stream";
    more["target"] = server_.target();
    return SinkDriver(component(), host_, more);
  }
  FunctionServer server_;
  FakeHost host_;
};

constexpr const char* kOnly[] = {"stream"};

TEST_P(Stream, ABrokenStreamSendsBackAllOfItsRequestsUncounted) {
  SinkDriver s = sink();
  s.start();
  for (int i = 0; i < 4; ++i) s.submit(request("r" + std::to_string(i)));
  ASSERT_TRUE(server_.wait_for(4));
  server_.answer_by([](const Seen&) { return status(grpc::StatusCode::INVALID_ARGUMENT, "I do not like it"); });
  s.submit(request("bad"));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(s.wait(i).outcome, std::uint32_t{MR_BUSY});
    EXPECT_EQ(s.wait(i).attributes.at("id"), "MR4117");
  }
  // Alone on the stream it can only be this one's fault.
  EXPECT_EQ(s.send(request("bad")).outcome, std::uint32_t{MR_RETRY});
}

TEST_P(Stream, AStatusForAPersonBlocksAllOfThem) {
  SinkDriver s = sink();
  s.start();
  s.submit(request("a"));
  ASSERT_TRUE(server_.wait_for(1));
  server_.answer_by([](const Seen&) { return status(grpc::StatusCode::PERMISSION_DENIED, "no"); });
  s.submit(request("b"));
  EXPECT_EQ(s.wait(0).outcome, std::uint32_t{MR_BLOCKED});
  EXPECT_EQ(s.wait(1).outcome, std::uint32_t{MR_BLOCKED});
}

TEST_P(Stream, OnlyTheOneThatWasTooLargeIsSplit) {
  SinkDriver s = sink({{"max_message_bytes", "8MiB"}});
  s.start();
  s.submit(request("small"));
  ASSERT_TRUE(server_.wait_for(1));
  s.submit(request("big", std::string(5 << 20, 'x')));
  EXPECT_EQ(s.wait(0).outcome, std::uint32_t{MR_BUSY});
  EXPECT_EQ(s.wait(1).outcome, std::uint32_t{MR_TOO_LARGE});
}

TEST_P(Stream, WhereNobodySaysWhichWasTooLargeRequestsGoAloneUntilItIsKnown) {
  const auto limit = [](const Seen& seen) {
    if (seen.request.payload().size() > 1000)
      return status(grpc::StatusCode::RESOURCE_EXHAUSTED, "message exceeds the maximum configured message size");
    return respond(v1::OUTCOME_DONE);
  };
  SinkDriver s = sink();
  s.start();
  s.submit(request("small-1"));
  ASSERT_TRUE(server_.wait_for(1));
  server_.answer_by(limit);
  s.submit(request("big-1", std::string(2000, 'x')));
  EXPECT_EQ(s.wait(0).outcome, std::uint32_t{MR_BUSY});
  EXPECT_EQ(s.wait(1).outcome, std::uint32_t{MR_BUSY});
  s.submit(request("small-2"));
  s.submit(request("big-2", std::string(2000, 'x')));
  s.submit(request("small-3"));
  EXPECT_EQ(s.wait(2).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(s.wait(3).outcome, std::uint32_t{MR_TOO_LARGE});
  EXPECT_EQ(s.wait(4).outcome, std::uint32_t{MR_DONE});
}

TEST_P(Stream, ALateAnswerIsDroppedAndTheStreamGoesOn) {
  SinkDriver s = sink();
  s.start();
  server_.answer_by([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  server_.hold();
  Request late = request("late");
  late.deadline_ns = in(50ms);
  s.submit(late);
  s.submit(request("patient"));
  EXPECT_EQ(s.wait(0).code, mr_status{MR_DEADLINE_EXCEEDED});
  server_.release();
  EXPECT_EQ(s.wait(1).outcome, std::uint32_t{MR_DONE});
  EXPECT_EQ(s.send(request("next")).outcome, std::uint32_t{MR_DONE});
  std::map<std::string, int> peers;
  for (const Seen& seen : server_.seen()) ++peers[seen.peer];
  EXPECT_EQ(peers.size(), 1u);
  s.stop();
  EXPECT_THAT(s.violations(), ElementsAre());
}

TEST_P(Stream, AServerThatEndsAnIdleStreamCostsAtMostARetry) {
  SinkDriver s = sink();
  s.start();
  server_.answer_by([](const Seen&) { return respond(v1::OUTCOME_DONE); });
  for (int i = 0; i < 3; ++i) {
    // The request may cross the end of the stream on its way, and then nobody knows whether it was read.
    Result result = s.send(request("r" + std::to_string(i)));
    if (result.outcome == MR_BUSY) result = s.send(request("again" + std::to_string(i)));
    EXPECT_EQ(result.outcome, std::uint32_t{MR_DONE}) << result.detail;
    server_.end_streams();
  }
}

INSTANTIATE_TEST_SUITE_P(Mode, Stream, ::testing::ValuesIn(kOnly), mode_name);

}  // namespace
}  // namespace millrace::grpc_sink
