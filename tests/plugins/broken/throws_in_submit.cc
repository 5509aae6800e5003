// A sink that refuses every request by throwing.
#include <millrace/plugin.hpp>

namespace {

struct ThrowsInSubmit {
  static constexpr millrace::Info info{
      .type = "throws_in_submit", .summary = "Throws for every request.", .schema = "{}"};
  ThrowsInSubmit(millrace::Host, const millrace::Config&) {}
  bool submit(const mr_request&, millrace::Completion&) { throw std::runtime_error("the sink fell over"); }
};
}  // namespace

MR_PLUGIN("org.example.throws_in_submit", "1.0.0", &millrace::sink<ThrowsInSubmit>)
