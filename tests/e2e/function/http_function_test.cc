// The scripted function over real sockets, called with libcurl.
#include "tests/e2e/function/http_function.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/e2e/ledger/checker.h"

namespace millrace::e2e {
namespace {

struct Reply {
  CURLcode code;
  long status = 0;
  std::string headers, body;
};

std::string event(int offset) {
  return R"({"eventSource":"SelfManagedKafka","bootstrapServers":"a:1","records":{"t-0":[{"topic":"t","partition":0,"offset":)" +
         std::to_string(offset) + R"(,"timestamp":5,"timestampType":"CREATE_TIME","value":"aGk=","headers":[]}]}})";
}

std::size_t append(char* data, std::size_t size, std::size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

Reply call(const HttpFunction& function, const std::string& body, const std::string& name = "f",
           long timeout_ms = 5000) {
  Reply reply;
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL,
                   (function.endpoint() + "/2015-03-31/functions/" + name + "/invocations?Qualifier=1").c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply.headers);
  reply.code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
  curl_easy_cleanup(curl);
  return reply;
}

TEST(Function, AnswersAsTheScriptSaysAndWritesItDown) {
  Ledger ledger;
  for (int i = 0; i < 2; ++i) ledger.produced({.topic = "t", .value = "hi", .timestamp = 5}, i);
  HttpFunction function(ledger);
  EXPECT_EQ(call(function, event(0), "arn%3Aaws%3Alambda").status, 200);
  EXPECT_EQ(function.calls().at(0).function, "arn:aws:lambda");
  EXPECT_EQ(function.calls_to("arn:aws:lambda"), 1U);

  function.answer_by([](const Call&) { return answers::function_error(); });
  Reply reply = call(function, event(1));
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.headers.find("X-Amz-Function-Error: Unhandled\r\n"), std::string::npos);
  function.answer_by([](const Call&) { return answers::throttled(2); });
  reply = call(function, event(1));
  EXPECT_EQ(reply.status, 429);
  EXPECT_NE(reply.headers.find("Retry-After: 2\r\n"), std::string::npos);
  EXPECT_EQ(ledger.delivered_count(), 1U);

  function.answer_by(scripts::ok());
  EXPECT_EQ(call(function, event(1)).body, "null");
  const Report report = check(ledger.history());
  EXPECT_EQ(report.to_string(), "2 produced, 2 delivered in 4 invocations (2 without success), 0 duplicates");
}

TEST(Function, ResetsAndHangsWithoutCountingADelivery) {
  Ledger ledger;
  HttpFunction function(ledger);
  for (const Answer::Kind kind : {Answer::Kind::kResetBefore, Answer::Kind::kResetAfter, Answer::Kind::kHang}) {
    function.answer_by([kind](const Call&) { return Answer{.kind = kind}; });
    const CURLcode code = call(function, event(0), "f", 200).code;
    EXPECT_EQ(code, kind == Answer::Kind::kHang ? CURLE_OPERATION_TIMEDOUT : CURLE_RECV_ERROR);
  }
  EXPECT_EQ(ledger.invocation_count(), 3U);
  EXPECT_EQ(ledger.delivered_count(), 0U);
  EXPECT_TRUE(function.complaints().empty());
}

TEST(Function, KeepsWhatItCannotReadAsAComplaint) {
  Ledger ledger;
  HttpFunction function(ledger);
  EXPECT_EQ(call(function, "{}").status, 400);
  EXPECT_EQ(function.complaints().size(), 1U);
  EXPECT_EQ(ledger.invocation_count(), 0U);
}

TEST(Function, TakesALargeBody) {
  Ledger ledger;
  HttpFunction function(ledger);
  std::string body = event(0);
  body.replace(body.find("aGk="), 4, std::string(5'000'000, 'A'));
  EXPECT_EQ(call(function, body).status, 200);
}

TEST(Function, IsGoneWhileClosedAndBackOnTheSamePort) {
  Ledger ledger;
  HttpFunction function(ledger, [](const Call&) { return Answer{.kind = Answer::Kind::kHang}; });
  auto hanging = std::async(std::launch::async, [&] { return call(function, event(0)).code; });
  while (function.in_flight() == 0) std::this_thread::yield();
  function.close();
  EXPECT_NE(hanging.get(), CURLE_OK);
  EXPECT_EQ(call(function, event(0)).code, CURLE_COULDNT_CONNECT);
  function.open();
  function.answer_by(scripts::ok());
  EXPECT_EQ(call(function, event(0)).status, 200);
}

TEST(Scripts, AnswerTheSameForTheSameSeed) {
  const auto statuses = [](std::uint64_t seed) {
    std::string text;
    const Script script = scripts::faults(seed, 0.5);
    for (int i = 0; i < 200; ++i) {
      const Answer answer = script({});
      text += std::to_string(answer.status) + std::to_string(static_cast<int>(answer.kind));
    }
    return text;
  };
  EXPECT_EQ(statuses(1), statuses(1));
  EXPECT_NE(statuses(1), statuses(2));
}

TEST(Scripts, RefuseOnlyTheNamedPartitionAndOnlyForAWhile) {
  bool refusing = true;
  const Script script = scripts::refuse(
      "t", 1, [&] { return refusing; }, scripts::ok());
  Call other, refused;
  other.event.records.push_back({{.topic = "t", .partition = 0}});
  refused.event.records = other.event.records;
  refused.event.records.push_back({{.topic = "t", .partition = 1}});
  EXPECT_TRUE(script(other).headers.empty());
  EXPECT_FALSE(script(refused).headers.empty());
  refusing = false;
  EXPECT_TRUE(script(refused).headers.empty());
}

}  // namespace
}  // namespace millrace::e2e
