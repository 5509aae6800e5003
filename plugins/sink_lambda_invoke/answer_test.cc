#include "answer.h"

#include <gtest/gtest.h>

namespace millrace::lambda_invoke {
namespace {

constexpr std::time_t kNow = 1769860800;  // 2026-01-31T12:00:00Z, a Saturday

Reply http(int status, const std::string& body = "") {
  Reply reply;
  reply.status = status;
  reply.body = body;
  return reply;
}

std::string outcome(const Reply& reply) {
  static const char* const names[] = {"DONE", "RETRY", "REJECT", "PARTIAL", "BUSY", "BLOCKED", "TOO_LARGE"};
  const Judgement j = judge(reply, kNow);
  return std::string(names[j.outcome]) + " " + std::to_string(j.code) + " " + j.id +
         (j.reason.empty() ? "" : " " + j.reason);
}

TEST(Answer, HasAnOutcomeForEveryRowOfTheTable) {
  EXPECT_EQ(outcome(http(200, "null")), "DONE 0 ");
  EXPECT_EQ(outcome(http(202)), "DONE 0 ");
  Reply failed = http(200);
  failed.function_error = "Unhandled";
  EXPECT_EQ(outcome(failed), "RETRY 10 MR4020");
  EXPECT_EQ(outcome(http(408)), "BUSY 4 MR4015");
  EXPECT_EQ(outcome(http(409)), "BUSY 10 MR4015");
  EXPECT_EQ(outcome(http(429)), "BUSY 8 MR4014");
  for (const int status : {500, 502, 503, 504, 599}) EXPECT_EQ(outcome(http(status)), "BUSY 14 MR4015") << status;
  EXPECT_EQ(outcome(http(400)), "BLOCKED 3 MR4012 FUNCTION_CONFIG_NOT_VALID");
  EXPECT_EQ(outcome(http(401)), "BLOCKED 16 MR4011 FUNCTION_CONFIG_NOT_VALID");
  EXPECT_EQ(outcome(http(403)), "BLOCKED 7 MR4011 FUNCTION_CONFIG_NOT_VALID");
  EXPECT_EQ(outcome(http(404)), "BLOCKED 5 MR4010 FUNCTION_CONFIG_NOT_VALID");
  EXPECT_EQ(outcome(http(415)), "BLOCKED 3 MR4012 FUNCTION_CONFIG_NOT_VALID");
  EXPECT_EQ(outcome(http(413)), "TOO_LARGE 8 MR4013");
  // Without a row: a person has to look, and nothing is finished.
  for (const int status : {402, 405, 410, 418, 451, 499}) {
    EXPECT_EQ(outcome(http(status)), "BLOCKED 3 MR4012 FUNCTION_CONFIG_NOT_VALID") << status;
  }
  EXPECT_EQ(outcome(http(301)), "BLOCKED 9 MR4012 FUNCTION_CONFIG_NOT_VALID");
  EXPECT_EQ(outcome(http(0)), "BLOCKED 3 MR4012 FUNCTION_CONFIG_NOT_VALID");
}

TEST(Answer, OnlyASuccessWithoutAFunctionErrorFinishesRecords) {
  for (int status = 0; status < 1000; ++status) {
    EXPECT_EQ(judge(http(status), kNow).outcome == MR_DONE, status >= 200 && status <= 299) << status;
    Reply failed = http(status);
    failed.function_error = "Unhandled";
    EXPECT_NE(judge(failed, kNow).outcome, std::uint32_t{MR_DONE}) << status;
    EXPECT_NE(judge(failed, kNow).outcome, std::uint32_t{MR_REJECT}) << status;
  }
}

TEST(Answer, WithoutAReplyIsBusyAndDoesNotCount) {
  using Kind = Reply::Kind;
  const auto without = [](Kind kind) {
    Reply reply;
    reply.kind = kind;
    reply.error = "why";
    return reply;
  };
  EXPECT_EQ(outcome(without(Kind::kNotReached)), "BUSY 14 MR4016");
  EXPECT_EQ(outcome(without(Kind::kBroken)), "BUSY 14 MR4016");
  EXPECT_EQ(outcome(without(Kind::kTimedOut)), "BUSY 4 MR4017");
  EXPECT_EQ(outcome(without(Kind::kStopped)), "BUSY 1 MR4019");
  EXPECT_EQ(outcome(without(Kind::kNoTls)), "BLOCKED 9 MR4018 FUNCTION_CONFIG_NOT_VALID");
  EXPECT_EQ(outcome(without(Kind::kTooLarge)), "RETRY 11 MR4021");
  EXPECT_EQ(judge(without(Kind::kNotReached), kNow).detail, "The endpoint cannot be reached: why");
}

TEST(Answer, QuotesAwssErrorTypeAndMessage) {
  Reply reply =
      http(404, R"({"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:x"})");
  reply.error_type = "ResourceNotFoundException:http://internal.amazon.com/coral/";
  EXPECT_EQ(judge(reply, kNow).detail,
            "The endpoint answered 404: ResourceNotFoundException: Function not found: "
            "arn:aws:lambda:us-east-1:123456789012:function:x");
  EXPECT_EQ(
      judge(
          http(
              429,
              R"({"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded"})"),
          kNow)
          .detail,
      "The endpoint answered 429: Rate Exceeded (ReservedFunctionConcurrentInvocationLimitExceeded)");
  EXPECT_EQ(judge(http(400, R"({"__type":"com.amazon#InvalidRequestContentException","message":"bad"})"), kNow).detail,
            "The endpoint answered 400: InvalidRequestContentException: bad");
}

TEST(Answer, QuotesTheFunctionsErrorBoundedAndOnOneLine) {
  Reply reply = http(200, R"({"errorMessage":"boom\nsecond line","errorType":"ValueError","stackTrace":["secret"]})");
  reply.function_error = "Unhandled";
  EXPECT_EQ(judge(reply, kNow).detail, "The function failed (Unhandled): ValueError: boom second line");
  reply.body = R"({"errorType":"E","errorMessage":")" + std::string(199, 'x') + "\xc3\xa4yz\"}";
  EXPECT_EQ(judge(reply, kNow).detail, "The function failed (Unhandled): E: " + std::string(199, 'x') + "\xc3\xa4...");
}

TEST(Answer, NeverShowsABodyThatItDoesNotKnow) {
  for (const char* body : {"<html>internal proxy at 10.1.2.3</html>", "\"secret\"", "[1,2]", "{\"payload\":\"secret\"}",
                           "{\"Message\":7}", "\xff\xfe"}) {
    EXPECT_EQ(judge(http(502, body), kNow).detail, "The endpoint answered 502") << body;
    Reply failed = http(200, body);
    failed.function_error = "Unhandled";
    EXPECT_EQ(judge(failed, kNow).detail, "The function failed (Unhandled)") << body;
  }
}

TEST(Answer, SaysWhereARedirectLeadsAndDoesNotFollow) {
  Reply reply = http(307);
  reply.location = "https://elsewhere/";
  EXPECT_EQ(judge(reply, kNow).detail,
            "The endpoint answered 307, a redirect to https://elsewhere/; redirects are not followed");
}

TEST(RetryAfter, IsReadAsSecondsOrAsADate) {
  EXPECT_EQ(retry_after_ms("", kNow), 0u);
  EXPECT_EQ(retry_after_ms("0", kNow), 0u);
  EXPECT_EQ(retry_after_ms("7", kNow), 7000u);
  EXPECT_EQ(retry_after_ms("3600", kNow), 3600000u);
  EXPECT_EQ(retry_after_ms("99999", kNow), 3600000u);
  EXPECT_EQ(retry_after_ms("99999999999999999999999", kNow), 3600000u);
  EXPECT_EQ(retry_after_ms("Sat, 31 Jan 2026 12:00:30 GMT", kNow), 30000u);
  EXPECT_EQ(retry_after_ms("Saturday, 31-Jan-26 12:00:30 GMT", kNow), 30000u);
  EXPECT_EQ(retry_after_ms("Sat, 31 Jan 2026 11:59:59 GMT", kNow), 0u);
  EXPECT_EQ(retry_after_ms("Sun, 31 Jan 2027 12:00:00 GMT", kNow), 3600000u);
  EXPECT_EQ(retry_after_ms("-5", kNow), 0u);
  EXPECT_EQ(retry_after_ms("soon", kNow), 0u);
}

TEST(RetryAfter, IsHonouredForThrottlesAndOutages) {
  for (const int status : {408, 409, 429, 503}) {
    Reply reply = http(status);
    reply.retry_after = "2";
    EXPECT_EQ(judge(reply, kNow).retry_after_ms, 2000u) << status;
  }
  Reply reply = http(404);
  reply.retry_after = "2";
  EXPECT_EQ(judge(reply, kNow).retry_after_ms, 0u);
}

}  // namespace
}  // namespace millrace::lambda_invoke
