// The endpoint's own words are quoted only from the fields where AWS puts them, cut and cleaned: an error page of a
// proxy or a function's result never gets into a log.
#include "answer.h"

#include <curl/curl.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace millrace::lambda_invoke {
namespace {

constexpr char kBlockedReason[] = "FUNCTION_CONFIG_NOT_VALID";
constexpr std::size_t kLongestQuote = 200;
constexpr std::uint32_t kLongestWaitMs = 3600 * 1000;

// One printable line, cut at a character's boundary.
std::string quote(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (result.size() >= kLongestQuote && (static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      result += "...";
      break;
    }
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return result;
}

nlohmann::json parse(const std::string& body) {
  auto json = nlohmann::json::parse(body, nullptr, false);
  return json.is_object() ? json : nlohmann::json::object();
}

std::string text(const nlohmann::json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const auto at = json.find(key); at != json.end() && at->is_string()) return at->get<std::string>();
  }
  return {};
}

// "ResourceNotFoundException: Function not found: ..." of an error reply.
std::string service_words(const Reply& reply) {
  const nlohmann::json body = parse(reply.body);
  std::string type = reply.error_type.empty() ? text(body, {"__type", "code", "Code"}) : reply.error_type;
  if (const std::size_t hash = type.rfind('#'); hash != std::string::npos) type.erase(0, hash + 1);
  type = type.substr(0, type.find(':'));
  const std::string message = text(body, {"Message", "message"});
  std::string result;
  if (!type.empty()) result += ": " + quote(type);
  if (!message.empty()) result += ": " + quote(message);
  if (const std::string why = text(body, {"Reason"}); !why.empty()) result += " (" + quote(why) + ")";
  return result;
}

Judgement function_error(const Reply& reply) {
  const nlohmann::json body = parse(reply.body);
  const std::string type = text(body, {"errorType"}), message = text(body, {"errorMessage"});
  Judgement result{.outcome = MR_RETRY, .code = MR_ABORTED, .id = "MR4020"};
  result.detail = "The function failed (" + quote(reply.function_error) + ")";
  if (!type.empty()) result.detail += ": " + quote(type);
  if (!message.empty()) result.detail += ": " + quote(message);
  return result;
}

Judgement blocked(mr_status code, const char* id, std::string detail) {
  return {.outcome = MR_BLOCKED, .code = code, .id = id, .reason = kBlockedReason, .detail = std::move(detail)};
}

Judgement busy(mr_status code, const char* id, std::string detail) {
  return {.outcome = MR_BUSY, .code = code, .id = id, .detail = std::move(detail)};
}

Judgement judge_http(const Reply& reply, std::time_t now) {
  const int status = reply.status;
  if (status >= 200 && status <= 299) return reply.function_error.empty() ? Judgement{} : function_error(reply);

  const std::string said = "The endpoint answered " + std::to_string(status) + service_words(reply);
  switch (status) {
    case 401:
      return blocked(MR_UNAUTHENTICATED, "MR4011", said);
    case 403:
      return blocked(MR_PERMISSION_DENIED, "MR4011", said);
    case 404:
      return blocked(MR_NOT_FOUND, "MR4010", said);
    case 413:
      return {.outcome = MR_TOO_LARGE, .code = MR_RESOURCE_EXHAUSTED, .id = "MR4013", .detail = said};
    case 408:
    case 409:
    case 429: {
      const mr_status code = status == 408   ? mr_status{MR_DEADLINE_EXCEEDED}
                             : status == 409 ? mr_status{MR_ABORTED}
                                             : mr_status{MR_RESOURCE_EXHAUSTED};
      Judgement result = busy(code, status == 429 ? "MR4014" : "MR4015", said);
      result.retry_after_ms = retry_after_ms(reply.retry_after, now);
      return result;
    }
    default:
      break;
  }
  if (status >= 500) {
    Judgement result = busy(MR_UNAVAILABLE, "MR4015", said);
    result.retry_after_ms = retry_after_ms(reply.retry_after, now);
    return result;
  }
  if (status >= 300 && status <= 399) {
    return blocked(MR_FAILED_PRECONDITION, "MR4012",
                   said + ", a redirect" + (reply.location.empty() ? "" : " to " + quote(reply.location)) +
                       "; redirects are not followed");
  }
  return blocked(MR_INVALID_ARGUMENT, "MR4012", said);  // 400, 415 and everything that has no row
}

}  // namespace

std::uint32_t retry_after_ms(const std::string& header, std::time_t now) {
  if (header.empty()) return 0;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::all_of(header.begin(), header.end(), is_digit)) {
    if (header.size() > 6) return kLongestWaitMs;
    return static_cast<std::uint32_t>(std::min(std::stoul(header) * 1000, static_cast<unsigned long>(kLongestWaitMs)));
  }
  const std::time_t then = curl_getdate(header.c_str(), nullptr);
  if (then == -1 || then <= now) return 0;
  if (then - now >= static_cast<std::time_t>(kLongestWaitMs / 1000)) return kLongestWaitMs;
  return static_cast<std::uint32_t>((then - now) * 1000);
}

Judgement judge(const Reply& reply, std::time_t now) {
  switch (reply.kind) {
    case Reply::Kind::kHttp:
      return judge_http(reply, now);
    case Reply::Kind::kNotReached:
      return busy(MR_UNAVAILABLE, "MR4016", "The endpoint cannot be reached: " + quote(reply.error));
    case Reply::Kind::kTimedOut:
      return busy(MR_DEADLINE_EXCEEDED, "MR4017", "No reply in time: " + quote(reply.error));
    case Reply::Kind::kBroken:
      return busy(MR_UNAVAILABLE, "MR4016", "The connection broke: " + quote(reply.error));
    case Reply::Kind::kNoTls:
      return blocked(MR_FAILED_PRECONDITION, "MR4018",
                     "There is no trusted TLS connection to the endpoint: " + quote(reply.error));
    case Reply::Kind::kTooLarge:
      return {.outcome = MR_RETRY,
              .code = MR_OUT_OF_RANGE,
              .id = "MR4021",

              .detail = "The reply is larger than a function's answer may be (6 MiB)"};
    case Reply::Kind::kStopped:
      break;
  }
  return busy(MR_CANCELLED, "MR4019", "Stopped before the endpoint replied");
}

}  // namespace millrace::lambda_invoke
