// The filter `@NAME@`: keeps records whose value contains a text.
#include <millrace/plugin.hpp>

#include "schema.h"

class @CLASS@ {
 public:
  static constexpr millrace::Info info{.type = "@NAME@",
                                       .summary = "Keeps records whose value contains a text.",
                                       .schema = kSchema,
                                       .needs = MR_NEED_VALUE};

  @CLASS@(millrace::Host, const millrace::Config& config) : text_(config.at("text").get<std::string>()) {}

  // const: any number of threads may be in it at once.
  void apply(millrace::Batch batch, millrace::Selection keep) const {
    keep.keep_if([&](std::uint32_t i) { return batch.value(i).find(text_) != std::string_view::npos; });
  }

 private:
  const std::string text_;
};

MR_PLUGIN("org.example.@NAME@", "0.1.0", &millrace::filter<@CLASS@>)
