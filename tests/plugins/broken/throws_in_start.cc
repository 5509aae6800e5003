// A filter that can be created and not started.
#include <millrace/plugin.hpp>

namespace {

struct ThrowsInStart {
  static constexpr millrace::Info info{.type = "throws_in_start", .summary = "Cannot be started.", .schema = "{}"};
  ThrowsInStart(millrace::Host, const millrace::Config&) {}
  void start() { throw millrace::Error(MR_UNAVAILABLE, "Nothing to start with."); }
  void apply(millrace::Batch, millrace::Selection) const {}
};
}  // namespace

MR_PLUGIN("org.example.throws_in_start", "1.0.0", &millrace::filter<ThrowsInStart>)
