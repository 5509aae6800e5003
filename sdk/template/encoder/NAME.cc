// The encoder `@NAME@`: a JSON object a request, {"values": [...]}, with each record's value as text.
#include <millrace/plugin.hpp>

#include "schema.h"

class @CLASS@ {
 public:
  static constexpr millrace::Info info{.type = "@NAME@",
                                       .summary = "Writes the values of records as a JSON object.",
                                       .schema = kSchema,
                                       .needs = MR_NEED_VALUE,
                                       .content_type = "application/json"};

  @CLASS@(millrace::Host, const millrace::Config& config)
      : open_("{" + nlohmann::json(config.at("field")).dump() + ":[") {}

  bool encode(millrace::Batch in, const std::uint64_t* keep, millrace::Limits limits, std::uint32_t& cursor,
              millrace::Writer& out) const {
    std::uint32_t taken = 0;
    for (cursor = millrace::next_kept(keep, cursor, in.size()); cursor < in.size();
         cursor = millrace::next_kept(keep, cursor + 1, in.size()), ++taken) {
      if (limits.max_records != 0 && taken == limits.max_records) break;
      // Invalid UTF-8 becomes U+FFFD; a tombstone is null.
      const std::string value = millrace::Batch::is_null(in[cursor].value)
                                    ? "null"
                                    : nlohmann::json(in.value(cursor)).dump(-1, ' ', false, kReplace);
      const std::string_view before = taken == 0 ? std::string_view(open_) : ",";
      if (limits.max_bytes != 0 && out.size() + before.size() + value.size() + kClose.size() > limits.max_bytes) {
        if (taken == 0) return false;  // it does not fit alone: nothing is written, the host dead-letters it
        break;
      }
      out.append(before);
      out.append(value);
    }
    if (taken > 0) out.append(kClose);
    return true;
  }

 private:
  static constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  static constexpr std::string_view kClose = "]}";
  const std::string open_;
};

MR_PLUGIN("org.example.@NAME@", "0.1.0", &millrace::encoder<@CLASS@>)
