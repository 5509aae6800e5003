// Writes records as rows of CSV: topic, partition, offset, timestamp, key, value. Text is quoted, so that any bytes
// pass unchanged; an absent key or value is a field without quotes, an empty one is "".
#include <millrace/plugin.hpp>

class Csv {
 public:
  static constexpr millrace::Info info{.type = "csv",
                                       .summary = "Writes records as rows of CSV.",
                                       .schema = R"({"type": "object", "properties": {
          "delimiter": {"type": "string", "enum": [",", ";", "|", "\t"], "default": ",", "description": "Between fields."}}})",
                                       .needs = MR_NEED_KEY | MR_NEED_VALUE | MR_NEED_TIMESTAMP,
                                       .content_type = "text/csv"};

  Csv(millrace::Host, const millrace::Config& config) : delimiter_(config.at("delimiter").get<std::string>()) {}

  bool encode(millrace::Batch in, const std::uint64_t* keep, millrace::Limits limits, std::uint32_t& cursor,
              millrace::Writer& out) const {
    std::uint32_t taken = 0;
    std::string row;
    for (cursor = millrace::next_kept(keep, cursor, in.size()); cursor < in.size();
         cursor = millrace::next_kept(keep, cursor + 1, in.size())) {
      if (limits.max_records != 0 && taken == limits.max_records) return true;
      row.clear();
      append_row(row, in, cursor);
      if (limits.max_bytes != 0 && out.size() + row.size() > limits.max_bytes)
        return taken > 0;  // false: not even alone
      out.append(row);
      ++taken;
    }
    return true;
  }

 private:
  void append_row(std::string& row, millrace::Batch in, std::uint32_t i) const {
    append_quoted(row, millrace::view(in.stream(i).name));
    row += delimiter_ + std::to_string(in.stream(i).partition);
    row += delimiter_ + std::to_string(in.position(i)) + delimiter_;
    if (in.timestamp_ms(i) >= 0) row += std::to_string(in.timestamp_ms(i));
    for (const mr_bytes& bytes : {in[i].key, in[i].value}) {
      row += delimiter_;
      if (!millrace::Batch::is_null(bytes)) append_quoted(row, millrace::view(bytes));
    }
    row += '\n';
  }

  static void append_quoted(std::string& row, std::string_view text) {
    row += '"';
    for (const char c : text) row.append(c == '"' ? 2 : 1, c);
    row += '"';
  }

  std::string delimiter_;
};

MR_PLUGIN("org.example.csv", "1.0.0", &millrace::encoder<Csv>)
