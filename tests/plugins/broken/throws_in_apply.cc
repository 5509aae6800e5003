// A filter that drops the first record of a batch and then throws: the drop must not count.
#include <millrace/plugin.hpp>

namespace {

struct ThrowsInApply {
  static constexpr millrace::Info info{.type = "throws_in_apply", .summary = "Throws for every batch.", .schema = "{}"};
  ThrowsInApply(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch batch, millrace::Selection keep) const {
    if (!batch.empty()) keep.drop(0);
    throw std::runtime_error("the filter fell over");
  }
};
}  // namespace

MR_PLUGIN("org.example.throws_in_apply", "1.0.0", &millrace::filter<ThrowsInApply>)
