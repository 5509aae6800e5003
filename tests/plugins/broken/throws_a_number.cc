// A filter that throws what is no std::exception.
#include <millrace/plugin.hpp>

namespace {

struct ThrowsANumber {
  static constexpr millrace::Info info{.type = "throws_a_number", .summary = "Throws a number.", .schema = "{}"};
  ThrowsANumber(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch, millrace::Selection) const { throw 7; }
};
}  // namespace

MR_PLUGIN("org.example.throws_a_number", "1.0.0", &millrace::filter<ThrowsANumber>)
