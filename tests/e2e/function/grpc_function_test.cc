// The scripted function over gRPC, called with a plain stub.
#include "tests/e2e/function/grpc_function.h"

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "millrace/function/v1/function.grpc.pb.h"
#include "tests/e2e/ledger/checker.h"

namespace millrace::e2e {
namespace {

namespace v1 = ::millrace::function::v1;

v1::InvokeRequest request(int offset) {
  v1::InvokeRequest request;
  request.set_request_id("r" + std::to_string(offset));
  request.set_payload(
      R"({"eventSource":"SelfManagedKafka","bootstrapServers":"a:1","records":{"t-0":[{"topic":"t","partition":0,"offset":)" +
      std::to_string(offset) + R"(,"timestamp":5,"timestampType":"CREATE_TIME","value":"aGk=","headers":[]}]}})");
  return request;
}

class ScriptedGrpc : public ::testing::Test {
 protected:
  ScriptedGrpc() : function_(ledger_, scripts::ok(), false) {
    for (int i = 0; i < 4; ++i) ledger_.produced({.topic = "t", .value = "hi", .timestamp = 5}, i);
    stub_ = v1::FunctionService::NewStub(grpc::CreateChannel(function_.target(), grpc::InsecureChannelCredentials()));
  }
  grpc::Status call(int offset, v1::InvokeResponse& response) {
    grpc::ClientContext context;
    context.AddMetadata("x-function", "f");
    return stub_->Invoke(&context, request(offset), &response);
  }
  Ledger ledger_;
  GrpcFunction function_;
  std::unique_ptr<v1::FunctionService::Stub> stub_;
};

TEST_F(ScriptedGrpc, TranslatesTheScriptAndWritesItDown) {
  v1::InvokeResponse response;
  EXPECT_TRUE(call(0, response).ok());
  EXPECT_EQ(response.outcome(), v1::OUTCOME_DONE);
  EXPECT_EQ(response.request_id(), "r0");
  EXPECT_EQ(function_.calls_to("f"), 1U);
  function_.answer_by([](const Call&) { return answers::function_error(); });
  EXPECT_TRUE(call(1, response).ok());
  EXPECT_EQ(response.outcome(), v1::OUTCOME_RETRY);
  function_.answer_by([](const Call&) { return answers::status(404, "gone"); });
  EXPECT_EQ(call(1, response).error_code(), grpc::StatusCode::NOT_FOUND);
  function_.answer_by([](const Call&) { return Answer{.kind = Answer::Kind::kResetAfter}; });
  EXPECT_FALSE(call(1, response).ok());
  const History history = ledger_.history();
  ASSERT_EQ(history.invocations.size(), 4u);
  EXPECT_EQ(history.invocations[0].outcome, Outcome::kDone);
  EXPECT_EQ(history.invocations[1].outcome, Outcome::kRefused);
  EXPECT_EQ(history.invocations[2].outcome, Outcome::kRefused);
  EXPECT_EQ(history.invocations[3].outcome, Outcome::kUnanswered);
  EXPECT_EQ(function_.in_flight(), 0U);
}

TEST_F(ScriptedGrpc, AResetOfAStreamLeavesTheOthersUnanswered) {
  grpc::ClientContext context;
  const auto stream = stub_->InvokeStream(&context);
  v1::InvokeResponse response;
  ASSERT_TRUE(stream->Write(request(0)));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.request_id(), "r0");
  function_.answer_by([](const Call& call) {
    return Answer{.kind = call.number == 1 ? Answer::Kind::kHang : Answer::Kind::kResetBefore};
  });
  ASSERT_TRUE(stream->Write(request(1)));
  stream->Write(request(2));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_FALSE(stream->Finish().ok());
  function_.close();
  const History history = ledger_.history();
  ASSERT_EQ(history.invocations.size(), 3u);
  EXPECT_EQ(history.invocations[1].outcome, Outcome::kUnanswered);
  EXPECT_EQ(history.invocations[2].outcome, Outcome::kUnanswered);
  EXPECT_EQ(history.disturbances.size(), 1u);
}

TEST_F(ScriptedGrpc, ClosedItRefusesAndOpenedItServesAgain) {
  v1::InvokeResponse response;
  function_.close();
  EXPECT_EQ(call(0, response).error_code(), grpc::StatusCode::UNAVAILABLE);
  function_.open();
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  EXPECT_TRUE(stub_->Invoke(&context, request(0), &response).ok());
}

TEST_F(ScriptedGrpc, ABodyThatIsNoEventIsAComplaint) {
  v1::InvokeRequest bad = request(0);
  bad.set_payload("{}");
  v1::InvokeResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(stub_->Invoke(&context, bad, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(function_.complaints().size(), 1U);
}

}  // namespace
}  // namespace millrace::e2e
