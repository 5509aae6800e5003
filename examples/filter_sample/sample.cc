// Keeps a fixed fraction of records, chosen by key, so that the records of one key are all in or all out.
#include <millrace/plugin.hpp>

class Sample {
 public:
  static constexpr millrace::Info info{.type = "sample",
                                       .summary = "Keeps a fixed fraction of records, chosen by key.",
                                       .schema = R"({"type": "object", "required": ["rate"], "properties": {
          "rate": {"type": "number", "minimum": 0, "maximum": 1, "description": "Fraction of keys to keep."}}})",
                                       .needs = MR_NEED_KEY};

  Sample(millrace::Host, const millrace::Config& config)
      : threshold_(static_cast<std::uint64_t>(config.at("rate").get<double>() * 0x1p32)) {}

  void apply(millrace::Batch batch, millrace::Selection keep) const {
    keep.keep_if(
        [&](std::uint32_t i) { return (std::hash<std::string_view>{}(batch.key(i)) & 0xffffffff) < threshold_; });
  }

 private:
  std::uint64_t threshold_;  // of 2^32
};

MR_PLUGIN("org.example.sample", "1.0.0", &millrace::filter<Sample>)
