// The ready scripts; what they do stands in script.h.
#include "tests/e2e/function/script.h"

#include <memory>
#include <random>
#include <utility>

namespace millrace::e2e {

namespace answers {

Answer ok() {
  return {};
}

Answer function_error(const std::string& message) {
  Answer answer;
  answer.headers = {{"X-Amz-Function-Error", "Unhandled"}};
  answer.body = R"({"errorMessage":")" + message + R"(","errorType":"Scripted","stackTrace":[]})";
  return answer;
}

Answer throttled(int retry_after_seconds) {
  Answer answer = status(429, "TooManyRequestsException");
  if (retry_after_seconds > 0) answer.headers["Retry-After"] = std::to_string(retry_after_seconds);
  return answer;
}

Answer status(int code, const std::string& error_type) {
  Answer answer;
  answer.status = code;
  answer.headers = {{"x-amzn-ErrorType", error_type}};
  answer.body = R"({"Type":"User","Message":")" + error_type + R"("})";
  return answer;
}

bool finishes(const Answer& answer) {
  return answer.kind == Answer::Kind::kAnswer && answer.status == 200 &&
         answer.headers.count("X-Amz-Function-Error") == 0;
}

}  // namespace answers

namespace scripts {

Script ok() {
  return [](const Call&) { return answers::ok(); };
}

Script after(std::chrono::milliseconds delay, Script then) {
  return [delay, then = std::move(then)](const Call& call) {
    Answer answer = then(call);
    answer.delay += delay;
    return answer;
  };
}

Script faults(std::uint64_t seed, double share) {
  auto random = std::make_shared<std::mt19937_64>(seed);
  return [random, share](const Call&) {
    if (std::uniform_real_distribution<>(0, 1)(*random) >= share) return answers::ok();
    Answer answer;
    switch (std::uniform_int_distribution<>(0, 4)(*random)) {
      case 0:
        return answers::function_error();
      case 1:
        return answers::throttled(std::uniform_int_distribution<>(0, 9)(*random) == 0 ? 1 : 0);
      case 2:
        return answers::status(500, "ServiceException");
      case 3:
        answer.kind = Answer::Kind::kResetBefore;
        return answer;
      default:
        answer.kind = Answer::Kind::kResetAfter;
        return answer;
    }
  };
}

Script refuse(std::string topic, std::int32_t partition, std::function<bool()> refusing, Script otherwise) {
  return [=](const Call& call) {
    if (refusing())
      for (const Event::Record& record : call.event.records)
        if (record.message.partition == partition && record.message.topic == topic)
          return answers::function_error("refused for a while");
    return otherwise(call);
  };
}

}  // namespace scripts

}  // namespace millrace::e2e
