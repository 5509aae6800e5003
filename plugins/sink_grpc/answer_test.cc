// What status_test and unary_test do not reach with a real server.
#include "answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::grpc_sink {
namespace {

using Code = grpc::StatusCode;

grpc::Status too_large(int size) {
  return {Code::RESOURCE_EXHAUSTED, "Received message larger than max (" + std::to_string(size) + " vs. 4194304)"};
}

TEST(Answer, ASizeTellsWhichRequestWasTooLarge) {
  EXPECT_EQ(request_too_large(too_large(5000000), 5000000), TooLarge::kThis);
  EXPECT_EQ(request_too_large(too_large(5000000), 500000), TooLarge::kUnknown);
  EXPECT_EQ(request_too_large({Code::RESOURCE_EXHAUSTED, "quota"}, 5), TooLarge::kNo);
  EXPECT_EQ(judge_stream_end(too_large(5000000), 5000000, 3, "").outcome, std::uint32_t{MR_TOO_LARGE});
  EXPECT_EQ(judge_stream_end(too_large(5000000), 100, 3, "").outcome, std::uint32_t{MR_BUSY});
  EXPECT_EQ(judge_stream_end(too_large(5000000), 100, 1, "").outcome, std::uint32_t{MR_TOO_LARGE});
}

TEST(Answer, OurOwnRefusalOfAResponseIsNoTooLargeRequest) {
  const grpc::Status ours{Code::RESOURCE_EXHAUSTED,
                          "Received message larger than max (7000000 vs. " + std::to_string(kLargestResponse) + ")"};
  EXPECT_EQ(judge_status(ours, 7000000, "").outcome, std::uint32_t{MR_RETRY});
}

TEST(Answer, PushbackThatIsNoneIsIgnored) {
  const grpc::Status busy(Code::UNAVAILABLE, "");
  EXPECT_EQ(judge_status(busy, 1, "250").retry_after_ms, 250u);
  for (const char* text : {"", "-1", "soon", "1s"}) EXPECT_EQ(judge_status(busy, 1, text).retry_after_ms, 0u) << text;
  EXPECT_EQ(judge_status(busy, 1, "99999999999").retry_after_ms, 3'600'000u);
}

TEST(Answer, AWaitThatIsNoneIsIgnoredAndALongOneIsCut) {
  mr_request request{};
  v1::InvokeResponse response;
  response.set_outcome(v1::OUTCOME_RETRY);
  response.mutable_retry_after()->set_seconds(-5);
  EXPECT_EQ(judge_response(request, response).retry_after_ms, 0u);
  response.mutable_retry_after()->set_seconds(1LL << 60);
  EXPECT_EQ(judge_response(request, response).retry_after_ms, 3'600'000u);
}

TEST(Answer, QuotesAreOneShortLineOfWholeCharacters) {
  EXPECT_EQ(quote("a\nb\x7f"), "a b ");
  EXPECT_EQ(quote("ääää", 3), "ää...");
}

}  // namespace
}  // namespace millrace::grpc_sink
