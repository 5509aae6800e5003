// filter `contains`: keeps records whose value has a text in it. A record without a value is dropped.
//
// Thread-safe: nothing changes after the constructor.
#include <millrace/plugin.hpp>

namespace {

class Contains {
 public:
  static constexpr millrace::Info info{
      .type = "contains",
      .summary = "Keeps records whose value contains a text.",
      .schema = R"({"type": "object", "additionalProperties": false, "required": ["text"], "properties": {
          "text": {"type": "string", "minLength": 1, "description": "What the value must contain."}}})",
      .needs = MR_NEED_VALUE};
  Contains(millrace::Host, const millrace::Config& config) : text_(config.at("text").get<std::string>()) {}

  void apply(millrace::Batch batch, millrace::Selection keep) const {
    keep.keep_if([&](std::uint32_t i) { return batch.value(i).find(text_) != std::string_view::npos; });
  }

 private:
  std::string text_;
};

constexpr mr_error_info kErrors[] = {
    {"XX6001", "An example row", "A plugin brings its own rows.", "Look it up with `millrace explain XX6001`."}};
constexpr millrace::PluginInfo kPlugin{.name = "org.example.contains",
                                       .version = "1.0.0",
                                       .vendor = "Example",
                                       .license = "Apache-2.0",
                                       .url = "https://example.org/contains",
                                       .errors = kErrors};

}  // namespace

MR_PLUGIN(kPlugin, &millrace::filter<Contains>)
