// A sink that takes requests and drops the completion: the wrapper answers retry in its place.
#include <millrace/plugin.hpp>

namespace {

struct ForgetsRequests {
  static constexpr millrace::Info info{.type = "forgets_requests", .summary = "Forgets every request.", .schema = "{}"};
  ForgetsRequests(millrace::Host, const millrace::Config&) {}
  bool submit(const mr_request&, millrace::Completion& completion) {
    const millrace::Completion forgotten = std::move(completion);
    return true;
  }
};
}  // namespace

MR_PLUGIN("org.example.forgets_requests", "1.0.0", &millrace::sink<ForgetsRequests>)
