#include "sdk/tool/check_host.h"

#include <chrono>
#include <cstring>

namespace millrace::sdk_tool {

CheckHost::CheckHost() {
  pipeline_id = "plugin-check";
  base_ = FakeHost::abi();
  executor_ = static_cast<const mr_executor*>(base_->get_service(base_->ctx, MR_EXECUTOR));
  ticker_ = std::thread([this] {
    constexpr auto kTick = std::chrono::milliseconds(5);
    while (!ending_) {
      std::this_thread::sleep_for(kTick);
      advance(kTick);
    }
  });
}

CheckHost::~CheckHost() {
  ending_ = true;
  ticker_.join();
}

const mr_host* CheckHost::abi() {
  own_ = *FakeHost::abi();
  own_.get_service = &CheckHost::service;
  return &own_;
}

bool CheckHost::refuses() {
  const int left = refuse_work;
  if (left == 0) return false;
  if (left > 0) --refuse_work;
  ++refused_work;
  return true;
}

const void* CheckHost::service(void* ctx, const char* id) {
  static constexpr mr_executor kExecutor{
      sizeof(mr_executor), 0,
      [](void* c, void (*fn)(void*), void* arg) -> mr_status {
        return of(c).refuses() ? mr_status{MR_RESOURCE_EXHAUSTED} : of(c).executor_->run_blocking(c, fn, arg);
      },
      [](void* c, std::uint64_t delay_ns, void (*fn)(void*), void* arg) -> std::uint64_t {
        return of(c).refuses() ? 0 : of(c).executor_->after(c, delay_ns, fn, arg);
      },
      [](void* c, std::uint64_t timer) { of(c).executor_->cancel(c, timer); }};
  static constexpr mr_secrets kSecrets{
      sizeof(mr_secrets), 0, [](void* c, mr_str, void (*use)(void*, mr_bytes), void* arg, mr_error* err) -> mr_status {
        if (of(c).secrets_fail) {
          if (err != nullptr) {
            err->code = MR_UNAVAILABLE;
            std::strncpy(err->message, "The secret's store cannot be reached.", sizeof err->message - 1);
          }
          return MR_UNAVAILABLE;
        }
        ++of(c).resolved_secrets;
        std::string lent = std::string(R"({"username": "millrace-check", "password": ")") + kSecretPassword + "\"}";
        use(arg, bytes(lent));
        lent.assign(lent.size(), '\xDD');  // whoever kept the view reads this
        return MR_OK;
      }};
  // Remembers nothing, so that a host that sees many lives does not grow.
  static constexpr mr_metrics kMetrics{
      sizeof(mr_metrics), 0,
      [](void* c, std::uint32_t, mr_str, mr_str, mr_str) -> std::uint64_t { return ++of(c).defined_metrics_; },
      [](void*, std::uint64_t, double) {}};
  const void* found = of(ctx).base_->get_service(ctx, id);  // also notices a call after stop()
  if (found == nullptr) return nullptr;
  if (std::string_view(id) == MR_EXECUTOR) return &kExecutor;
  if (std::string_view(id) == MR_METRICS) return &kMetrics;
  if (std::string_view(id) == MR_SECRETS) return &kSecrets;
  return found;
}

}  // namespace millrace::sdk_tool
