// A filter that cannot be created: it throws millrace::Error with everything an operator can be told.
#include <millrace/plugin.hpp>

namespace {

struct ThrowsInConstructor {
  static constexpr millrace::Info info{
      .type = "throws_in_constructor", .summary = "Cannot be created.", .schema = "{}"};
  ThrowsInConstructor(millrace::Host, const millrace::Config&) {
    throw millrace::Error(MR_INVALID_ARGUMENT, "The rate is not a rate.", "/rate")
        .id("XX0001")
        .reason("NOT_A_RATE")
        .detail("It was seen to be a fish.")
        .hint("Name a number between 0 and 1.");
  }
  void apply(millrace::Batch, millrace::Selection) const {}
};
}  // namespace

MR_PLUGIN("org.example.throws_in_constructor", "1.0.0", &millrace::filter<ThrowsInConstructor>)
