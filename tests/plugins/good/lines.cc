// encoder `lines`: one value a line, a tombstone as an empty one.
//
// Thread-safe: no state.
#include <millrace/plugin.hpp>

namespace {

class Lines {
 public:
  static constexpr millrace::Info info{.type = "lines",
                                       .summary = "Writes one value a line.",
                                       .schema = R"({"type": "object", "additionalProperties": false})",
                                       .needs = MR_NEED_VALUE};
  Lines(millrace::Host, const millrace::Config&) {}

  bool encode(millrace::Batch in, const std::uint64_t* keep, millrace::Limits limits, std::uint32_t& cursor,
              millrace::Writer& out) const {
    std::uint32_t taken = 0;
    for (cursor = millrace::next_kept(keep, cursor, in.size()); cursor < in.size();
         cursor = millrace::next_kept(keep, cursor + 1, in.size()), ++taken) {
      if (limits.max_records != 0 && taken == limits.max_records) return true;
      const std::string_view value = in.value(cursor);
      if (limits.max_bytes != 0 && out.size() + value.size() + 1 > limits.max_bytes) return taken > 0;
      out.append(value);
      out.append("\n");
    }
    return true;
  }
};

}  // namespace

MR_PLUGIN("org.example.lines", "1.0.0", &millrace::encoder<Lines>)
