// Status: the outcome of an operation at a library boundary, as a value.
//
// A failed Status carries a google.rpc code, a diagnostic id ("MR1203", see runtime/errors/) and a message for the
// operator: what failed, on what, why. The hint says what to do next. OK costs one null pointer. Never put a secret in
// either text.
//
// Thread-compatible: const members may be called concurrently.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

// google.rpc.Code numbers, shared with plugins (mr_status) and the gRPC admin API.
enum class Code {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(Code code, std::string_view id, std::string message, std::string hint = {})
      : failure_(std::make_shared<const Failure>(Failure{code, std::string(id), std::move(message), std::move(hint)})) {
  }

  bool ok() const noexcept { return failure_ == nullptr; }
  Code code() const noexcept { return failure_ ? failure_->code : Code::kOk; }
  std::string_view id() const noexcept { return failure_ ? std::string_view(failure_->id) : std::string_view(); }
  std::string_view message() const noexcept {
    return failure_ ? std::string_view(failure_->message) : std::string_view();
  }
  std::string_view hint() const noexcept { return failure_ ? std::string_view(failure_->hint) : std::string_view(); }

  // "MR1203: message. Hint." for a log line or standard error.
  std::string to_string() const {
    if (ok()) return "OK";
    std::string text = failure_->id.empty() ? failure_->message : failure_->id + ": " + failure_->message;
    if (!failure_->hint.empty()) text += "\n  " + failure_->hint;
    return text;
  }

 private:
  struct Failure {
    Code code;
    std::string id, message, hint;
  };
  std::shared_ptr<const Failure> failure_;  // shared: a Status is copied along with the errors it explains
};

}  // namespace millrace
