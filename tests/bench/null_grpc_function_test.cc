#include "tests/bench/null_grpc_function.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <memory>

namespace millrace::bench {
namespace {

constexpr char kService[] = "/millrace.function.v1.FunctionService/";

// An InvokeRequest by hand: request_id "r1", attempt 123 (which is a brace on the wire), the event.
grpc::ByteBuffer request() {
  const std::string event = R"({"eventSource":"x","records":{"t-0":[{"offset":1,"headers":[]},{"offset":2}]}})";
  std::string bytes("\x0a\x02r1\x18\x7b\x2a", 7);
  bytes += static_cast<char>(event.size());
  const grpc::Slice slices[] = {grpc::Slice(bytes + event.substr(0, 30)), grpc::Slice(event.substr(30))};
  return {slices, 2};
}

class NullGrpc : public ::testing::Test {
 protected:
  // A call of Invoke, whose end is the next event of the queue.
  struct Invocation {
    explicit Invocation(NullGrpc& test)
        : call(test.stub_.PrepareUnaryCall(&context, std::string(kService) + "Invoke", request(), &test.queue_)) {
      call->StartCall();
      call->Finish(&response, &status, nullptr);
    }
    grpc::ClientContext context;
    grpc::ByteBuffer response;
    grpc::Status status;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> call;
  };

  std::string text(const grpc::ByteBuffer& buffer) {
    grpc::Slice slice;
    return buffer.DumpToSingleSlice(&slice).ok() ? std::string(slice.begin(), slice.end()) : "nothing";
  }
  void next() {
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue_.Next(&tag, &ok) && ok);
  }
  std::unique_ptr<NullGrpcFunction> function_ = std::make_unique<NullGrpcFunction>();
  grpc::GenericStub stub_{grpc::CreateChannel(function_->endpoint(), grpc::InsecureChannelCredentials())};
  grpc::CompletionQueue queue_;
};

TEST_F(NullGrpc, CountsAndAnswersACall) {
  bool first = false;
  function_->restart([&] { first = true; });
  const Invocation invocation(*this);
  next();
  EXPECT_TRUE(invocation.status.ok()) << invocation.status.error_message();
  EXPECT_EQ(text(invocation.response), "\x0a\x02r1");
  EXPECT_EQ(function_->progress().records, 2u);
  EXPECT_TRUE(first);
}

TEST_F(NullGrpc, EndsWithAnAnswerThatIsNotDueYet) {
  function_->answer_after(std::chrono::hours(1));
  const Invocation invocation(*this);
  ASSERT_TRUE(function_->wait_for_records(2, std::chrono::seconds(20)));
  function_.reset();
  next();
  EXPECT_FALSE(invocation.status.ok());
}

TEST_F(NullGrpc, AnswersOnAStreamAfterTheDelay) {
  function_->restart();
  function_->answer_after(std::chrono::milliseconds(30));
  grpc::ClientContext context;
  auto call = stub_.PrepareCall(&context, std::string(kService) + "InvokeStream", &queue_);
  call->StartCall(nullptr);
  next();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    call->Write(request(), nullptr);
    next();
  }
  for (int i = 0; i < 3; ++i) {
    grpc::ByteBuffer response;
    call->Read(&response, nullptr);
    next();
    EXPECT_EQ(text(response), "\x0a\x02r1");
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(29));
  call->WritesDone(nullptr);
  next();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(function_->wait_for_records(6, std::chrono::seconds(5)));
}

}  // namespace
}  // namespace millrace::bench
