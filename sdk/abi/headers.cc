// Every header of the SDK under the strictest warnings of two compilers; what is missing from an include shows here.
//
// Compiled, never run.
#include <millrace/plugin.hpp>
#include <millrace/testing.hpp>

namespace {
struct Nothing {
  static constexpr millrace::Info info{.type = "nothing", .summary = "Keeps everything.", .schema = "{}"};
  Nothing(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch, millrace::Selection) const {}
};
}  // namespace

MR_PLUGIN("org.example.nothing", "1.0.0", &millrace::filter<Nothing>)
