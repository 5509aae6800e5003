// The server's own words are quoted cut and cleaned. What says "too large" differs from one implementation to the next:
// the texts below are those of gRPC's C core, Go, Java, .NET and tonic.
#include "answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <millrace/error.hpp>

namespace millrace::grpc_sink {
namespace {

constexpr char kBlockedReason[] = "FUNCTION_CONFIG_NOT_VALID";
constexpr std::uint32_t kLongestWaitMs = 3600 * 1000;
constexpr std::size_t kLongestReason = 64;

constexpr std::array kNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// `number` in `text`, not as a part of a longer one.
bool contains_number(std::string_view text, std::uint64_t number) {
  const std::string digits = std::to_string(number);
  const auto is_digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  for (std::size_t at = text.find(digits); at != std::string_view::npos; at = text.find(digits, at + 1))
    if ((at == 0 || !is_digit(at - 1)) && !is_digit(at + digits.size())) return true;
  return false;
}

std::string said(const grpc::Status& status) {
  const int code = status.error_code();
  const auto index = static_cast<std::size_t>(code);
  std::string text = "The function answered ";
  text += code >= 0 && index < kNames.size() ? kNames[index] : "status " + std::to_string(code);
  if (!status.error_message().empty()) text += ": " + quote(status.error_message());
  return text;
}

bool says_too_large(const grpc::Status& status) {
  const std::string& text = status.error_message();
  if (status.error_code() == grpc::StatusCode::OUT_OF_RANGE) return contains(text, "message length too large");
  if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) return false;
  return contains(text, "larger than max") || contains(text, "message exceeds maximum size") ||
         contains(text, "exceeds the maximum configured message size");
}

// Too large is the response, not the request: the server could not send it, or we did not take it.
bool is_about_the_response(std::string_view text) {
  return contains(text, "Sent message larger") || contains(text, "trying to send message larger") ||
         contains_number(text, kLargestResponse);
}

bool is_about_tls(const std::string& text) {
  return contains(text, "Ssl handshake failed") || contains(text, "certificate verify failed") ||
         contains(text, "Hostname Verification Check failed") || contains(text, "Peer name");
}

std::uint32_t pushback_ms(std::string_view pushback) {
  std::int64_t ms = 0;
  const auto [end, code] = std::from_chars(pushback.data(), pushback.data() + pushback.size(), ms);
  if (code != std::errc() || end != pushback.data() + pushback.size() || ms < 0) return 0;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(ms, kLongestWaitMs));
}

std::uint32_t wait_ms(const google::protobuf::Duration& wait) {
  if (wait.seconds() < 0 || wait.nanos() < 0) return 0;
  if (wait.seconds() >= kLongestWaitMs / 1000) return kLongestWaitMs;
  return static_cast<std::uint32_t>(wait.seconds() * 1000 + (wait.nanos() + 999'999) / 1'000'000);
}

const mr_stream& stream_at(const mr_request& request, std::uint32_t index) {
  const auto* base = reinterpret_cast<const char*>(request.streams);
  return *reinterpret_cast<const mr_stream*>(base + std::size_t{index} * request.stream_stride);
}

// The index of a record within the request, or -1.
std::int64_t index_of(const mr_request& request, const v1::FailedRecord& failed) {
  for (std::uint32_t i = 0; i < request.record_count; ++i) {
    if (request.records[i].position != failed.offset()) continue;
    const mr_stream& stream = stream_at(request, request.records[i].stream);
    if (stream.partition == failed.partition() && view(stream.name) == failed.topic()) return i;
  }
  return -1;
}

std::string words(const char* what, const v1::InvokeResponse& response) {
  std::string text = what;
  if (!response.error_type().empty()) text += ": " + quote(response.error_type(), kLongestReason);
  if (!response.error_message().empty()) text += ": " + quote(response.error_message());
  return text;
}

Judgement partial(const mr_request& request, const v1::InvokeResponse& response) {
  Judgement result{.outcome = MR_PARTIAL, .code = MR_ABORTED, .id = "MR4130"};
  for (const v1::FailedRecord& failed : response.failed()) {
    const std::int64_t index = index_of(request, failed);
    if (index < 0)
      return worthless("The function names a failed record that is not in the request: " + quote(failed.topic()) + "-" +
                       std::to_string(failed.partition()) + " offset " + std::to_string(failed.offset()));
    result.failed.push_back(static_cast<std::uint32_t>(index));
  }
  if (result.failed.empty()) return {};
  std::sort(result.failed.begin(), result.failed.end());
  result.failed.erase(std::unique(result.failed.begin(), result.failed.end()), result.failed.end());
  result.detail = words("Records failed", response) + " (" + std::to_string(result.failed.size()) + " of " +
                  std::to_string(request.record_count) + ")";
  result.retry_after_ms = wait_ms(response.retry_after());
  return result;
}

}  // namespace

std::string quote(std::string_view text, std::size_t longest) {
  std::string result;
  for (const char c : text) {
    if (result.size() >= longest && (static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      result += "...";
      break;
    }
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return result;
}

Judgement worthless(std::string why) {
  return {.outcome = MR_RETRY, .code = MR_OUT_OF_RANGE, .id = "MR4132", .detail = std::move(why)};
}

Judgement judge_response(const mr_request& request, const v1::InvokeResponse& response) {
  if (!response.request_id().empty() && response.request_id() != view(request.request_id))
    return worthless("The function answered request \"" + quote(response.request_id(), kLongestReason) +
                     "\", which is not the one that it was asked");
  switch (response.outcome()) {
    case v1::OUTCOME_UNSPECIFIED:
    case v1::OUTCOME_DONE:
      return {};
    case v1::OUTCOME_REJECT:
      return {.outcome = MR_REJECT,
              .code = MR_ABORTED,
              .id = "MR4131",
              .reason = quote(response.error_type(), kLongestReason),
              .detail = words("The function rejected the records", response)};
    case v1::OUTCOME_PARTIAL:
      return partial(request, response);
    case v1::OUTCOME_RETRY:
      return {.outcome = MR_RETRY,
              .code = MR_ABORTED,
              .retry_after_ms = wait_ms(response.retry_after()),
              .id = "MR4130",
              .reason = quote(response.error_type(), kLongestReason),
              .detail = words("The function failed", response)};
    default:
      return worthless("The function answered with outcome " + std::to_string(static_cast<int>(response.outcome())) +
                       ", which this version does not know");
  }
}

TooLarge request_too_large(const grpc::Status& status, std::uint64_t message_size) {
  if (!says_too_large(status) || is_about_the_response(status.error_message())) return TooLarge::kNo;
  return contains_number(status.error_message(), message_size) ? TooLarge::kThis : TooLarge::kUnknown;
}

Judgement judge_status(const grpc::Status& status, std::uint64_t message_size, std::string_view pushback) {
  Judgement result{.outcome = MR_BUSY, .code = static_cast<mr_status>(status.error_code())};
  result.status = status.error_code();
  result.detail = said(status);
  result.id = "MR4113";
  const auto blocked = [&](const char* id) {
    result.outcome = MR_BLOCKED;
    result.id = id;
    result.reason = kBlockedReason;
  };
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return worthless("The function ended the call without a response");
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
      result.outcome = MR_RETRY;
      result.id = "MR4130";
      return result;
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::UNIMPLEMENTED:
      blocked("MR4110");
      return result;
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      blocked("MR4111");
      return result;
    case grpc::StatusCode::UNAVAILABLE:
      if (is_about_tls(status.error_message())) {
        result.code = MR_FAILED_PRECONDITION;
        result.detail = "There is no trusted TLS connection to the function: " + quote(status.error_message(), 250);
        blocked("MR4116");
        return result;
      }
      result.id = "MR4114";
      break;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      result.id = "MR4115";
      break;
    default:
      if (says_too_large(status)) {
        if (request_too_large(status, message_size) == TooLarge::kNo)
          return worthless("The function's response is too large: " + quote(status.error_message()));
        result.outcome = MR_TOO_LARGE;
        result.code = MR_RESOURCE_EXHAUSTED;
        result.id = "MR4112";
        return result;
      }
      break;
  }
  result.retry_after_ms = pushback_ms(pushback);
  return result;
}

Judgement judge_stream_end(const grpc::Status& status, std::uint64_t message_size, std::size_t under_way,
                           std::string_view pushback) {
  const auto broken = [&] {
    return Judgement{.outcome = MR_BUSY,
                     .code = status.ok() ? mr_status{MR_UNAVAILABLE} : static_cast<mr_status>(status.error_code()),
                     .retry_after_ms = pushback_ms(pushback),
                     .id = "MR4117",
                     .detail = "The stream ended with requests under way. " + said(status),
                     .status = status.error_code()};
  };
  if (status.ok()) return broken();
  if (says_too_large(status)) {
    // One message of several was too large: only its size tells which.
    const bool is_this = under_way == 1 || request_too_large(status, message_size) == TooLarge::kThis;
    return is_this ? judge_status(status, message_size, pushback) : broken();
  }
  Judgement result = judge_status(status, message_size, pushback);
  const bool is_about_all = result.outcome == MR_BLOCKED;
  const bool is_function_error = result.outcome == MR_RETRY && under_way == 1;
  return is_about_all || is_function_error ? result : broken();
}

Judgement timed_out(std::uint64_t timeout_ms) {
  return {.outcome = MR_BUSY,
          .code = MR_DEADLINE_EXCEEDED,
          .id = "MR4115",
          .detail = "The function did not answer within " + std::to_string(timeout_ms) + " ms",
          .status = grpc::StatusCode::DEADLINE_EXCEEDED};
}

Judgement given_up() {
  return {.outcome = MR_BUSY,
          .code = MR_CANCELLED,
          .id = "MR4118",
          .detail = "Stopped before the function answered",
          .status = grpc::StatusCode::CANCELLED};
}

}  // namespace millrace::grpc_sink
