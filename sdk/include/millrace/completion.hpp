// Completion: the one answer that a sink owes for each request it took.
//
// Exactly once is a property of the type: it is move-only, answering empties it, and destroying it unanswered
// (forgotten, or unwound by an exception) answers "retry". Whatever the answer promises must be true already: done()
// means the write is as durable as this sink ever makes it.
//
// Thread-compatible: answer from any thread, before submit() returns too, at the latest before stop() returns.
#pragma once

#include <millrace/error.hpp>

namespace millrace {

struct Answer {
  std::uint32_t outcome = MR_DONE;
  mr_status code = MR_OK;
  std::string_view detail = {};                // for the operator
  std::string_view reason = {};                // a machine's name for it, e.g. "FUNCTION_CONFIG_NOT_VALID"
  std::uint32_t retry_after_ms = 0;            // RETRY and BUSY; 0 lets the host choose
  std::span<const std::uint32_t> failed = {};  // PARTIAL: indexes within the request, ascending
  Fields attributes = {};                      // "requestId", "statusCode", "functionError", "executedVersion"
};

class Completion {
 public:
  explicit Completion(mr_completion completion) noexcept : completion_(completion) {}
  Completion(Completion&& o) noexcept : completion_(std::exchange(o.completion_, mr_completion{})) {}
  Completion& operator=(Completion&& o) noexcept {
    if (this != &o) {
      abandon();
      completion_ = std::exchange(o.completion_, mr_completion{});
    }
    return *this;
  }
  ~Completion() { abandon(); }

  // Every record of the request is delivered.
  void done(Fields attributes = {}) && noexcept { give({.attributes = attributes}); }
  // The function failed, or nobody knows whether it succeeded: offer the request again; counts as an attempt.
  void retry(mr_status code, std::string_view detail, std::uint32_t after_ms = 0, Fields attributes = {}) && noexcept {
    give({.outcome = MR_RETRY, .code = code, .detail = detail, .retry_after_ms = after_ms, .attributes = attributes});
  }
  // Never offer these records again: dead-letter them.
  void reject(mr_status code, std::string_view detail, std::string_view reason = {},
              Fields attributes = {}) && noexcept {
    give({.outcome = MR_REJECT, .code = code, .detail = detail, .reason = reason, .attributes = attributes});
  }
  // Delivered but for these records.
  void partial(std::span<const std::uint32_t> failed, std::string_view detail, Fields attributes = {}) && noexcept {
    give({.outcome = MR_PARTIAL, .detail = detail, .failed = failed, .attributes = attributes});
  }
  // The function was not reached (throttle, 5xx, network): again later; counts for nothing.
  void busy(mr_status code, std::string_view detail, std::uint32_t after_ms = 0, Fields attributes = {}) && noexcept {
    give({.outcome = MR_BUSY, .code = code, .detail = detail, .retry_after_ms = after_ms, .attributes = attributes});
  }
  // A person must act (no such function, no permission): nothing is finished, the host probes slowly, health is broken.
  void blocked(mr_status code, std::string_view detail, std::string_view reason = {},
               Fields attributes = {}) && noexcept {
    give({.outcome = MR_BLOCKED, .code = code, .detail = detail, .reason = reason, .attributes = attributes});
  }
  // The body is more than the function takes: split it and try again.
  void too_large(std::string_view detail, Fields attributes = {}) && noexcept {
    give({.outcome = MR_TOO_LARGE, .code = MR_RESOURCE_EXHAUSTED, .detail = detail, .attributes = attributes});
  }
  void answer(const Answer& a) && noexcept { give(a); }

  // False once it has been answered or moved from.
  bool armed() const noexcept { return completion_.done != nullptr; }
  // Gives the debt up without answering: for the wrapper, when submit() has refused the request.
  void disarm() noexcept { completion_ = {}; }

 private:
  void give(const Answer& a) noexcept {
    if (!armed()) return;
    mr_result r{};
    r.struct_size = sizeof r;
    r.outcome = a.outcome;
    r.code = a.code;
    r.retry_after_ms = a.retry_after_ms;
    r.failed = a.failed.data();
    r.failed_count = static_cast<std::uint32_t>(a.failed.size());
    r.detail = str(a.detail);
    r.reason = str(a.reason);
    r.attributes = a.attributes.data();
    r.attribute_count = a.attributes.size();
    const mr_completion c = std::exchange(completion_, mr_completion{});
    c.done(c.ctx, &r);
  }
  void abandon() noexcept {
    give({.outcome = MR_RETRY, .code = MR_INTERNAL, .detail = "the plugin dropped this request without an answer"});
  }
  mr_completion completion_;
};

}  // namespace millrace
