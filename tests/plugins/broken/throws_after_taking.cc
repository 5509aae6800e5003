// A sink that answers, and then throws out of submit: the answer counts, the throw does not.
#include <millrace/plugin.hpp>

namespace {

struct ThrowsAfterTaking {
  static constexpr millrace::Info info{
      .type = "throws_after_taking", .summary = "Answers, then throws.", .schema = "{}"};
  ThrowsAfterTaking(millrace::Host, const millrace::Config&) {}
  bool submit(const mr_request&, millrace::Completion& completion) {
    std::move(completion).done();
    throw std::runtime_error("too late");
  }
};
}  // namespace

MR_PLUGIN("org.example.throws_after_taking", "1.0.0", &millrace::sink<ThrowsAfterTaking>)
