#include "runtime/dev/embedded_function.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <mutex>
#include <vector>

namespace millrace::dev {
namespace {

struct Answer {
  long status = 0;
  std::string body;
};

Answer post(const std::string& url, const std::string& body) {
  Answer answer;
  CURL* const curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t size, std::size_t count, std::string* out) {
        out->append(data, size * count);
        return size * count;
      });
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  EXPECT_EQ(curl_easy_perform(curl), CURLE_OK) << url;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_cleanup(curl);
  return answer;
}

TEST(EmbeddedFunction, AnswersInvocationsAndHandsTheirBodiesOver) {
  std::mutex mutex;
  std::vector<std::string> events;
  auto function = EmbeddedFunction::start([&](std::string_view event) {
    const std::lock_guard lock(mutex);
    events.emplace_back(event);
  });
  ASSERT_TRUE(function.ok()) << function.status().to_string();
  const std::string url = (*function)->endpoint() + "/2015-03-31/functions/my-function/invocations";
  const std::string large(6u << 20, 'x');  // large enough for the client to ask before it sends
  EXPECT_EQ(post(url, "{\"a\":1}").body, "null");
  EXPECT_EQ(post(url + "?Qualifier=v1", large).status, 200);
  EXPECT_EQ((*function)->invocations(), 2u);
  const std::lock_guard lock(mutex);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0], "{\"a\":1}");
  EXPECT_TRUE(events[1] == large);
}

TEST(EmbeddedFunction, KnowsNoOtherCall) {
  auto function = EmbeddedFunction::start([](std::string_view) { FAIL() << "invoked"; });
  ASSERT_TRUE(function.ok());
  EXPECT_EQ(post((*function)->endpoint() + "/2015-03-31/functions/", "{}").status, 404);
  EXPECT_EQ((*function)->invocations(), 0u);
}

}  // namespace
}  // namespace millrace::dev
