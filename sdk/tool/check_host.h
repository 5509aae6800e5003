// The host that a plugin under test sees: FakeHost of the test kit, in real time and with answers that a check chooses.
//
// Timers run when they are due, every secret reference has a secret, and work can be refused. What the plugin does
// wrong towards the host is in violations().
//
// One for each instance. Thread-safe but for what a check sets before create().
#pragma once

#include <atomic>
#include <thread>

#include <millrace/testing_host.hpp>

namespace millrace::sdk_tool {

// The password in every secret; it may appear in nothing that a person reads.
inline constexpr const char* kSecretPassword = "millrace-check-password-7c1f";

class CheckHost : public testing::FakeHost {
 public:
  CheckHost();
  ~CheckHost();

  const mr_host* abi();  // instead of FakeHost's

  std::atomic<bool> secrets_fail{false};  // the store cannot be reached
  std::atomic<int> refuse_work{0};        // so many pieces of work from now on; negative: all of them
  std::atomic<unsigned> refused_work{0};  // pieces that were refused
  std::atomic<unsigned> resolved_secrets{0};

 private:
  static CheckHost& of(void* ctx) { return *static_cast<CheckHost*>(static_cast<testing::FakeHost*>(ctx)); }
  static const void* service(void* ctx, const char* id);
  bool refuses();

  std::atomic<std::uint64_t> defined_metrics_{0};
  mr_host own_{};
  const mr_host* base_ = nullptr;
  const mr_executor* executor_ = nullptr;
  std::atomic<bool> ending_{false};
  std::thread ticker_;
};

}  // namespace millrace::sdk_tool
