// Two filters for hot_boundary.cc: `bench_pass` does nothing, `bench_value` asks each record whether it has a value.
//
// Thread-safe: there is no state.
#include <millrace/plugin.hpp>

namespace {

class Pass {
 public:
  static constexpr millrace::Info info{
      .type = "bench_pass", .summary = "Does nothing.", .schema = R"({"type": "object"})"};
  Pass(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch, millrace::Selection) const {}
};

class HasValue {
 public:
  static constexpr millrace::Info info{.type = "bench_value",
                                       .summary = "Keeps records with a value.",
                                       .schema = R"({"type": "object"})",
                                       .needs = MR_NEED_VALUE};
  HasValue(millrace::Host, const millrace::Config&) {}
  void apply(millrace::Batch batch, millrace::Selection keep) const {
    keep.keep_if([&](std::uint32_t i) { return !millrace::Batch::is_null(batch[i].value); });
  }
};

constexpr millrace::PluginInfo kPlugin{.name = "millrace.bench", .version = "1.0.0"};

}  // namespace

MR_PLUGIN(kPlugin, &millrace::filter<Pass>, &millrace::filter<HasValue>)
