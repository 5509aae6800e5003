#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sdk/tool/encoder_calls.h"
#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {
namespace {

std::string base64(const std::string& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned word = 0;
    for (std::size_t b = 0; b < 3; ++b)
      word = word << 8 | (i + b < bytes.size() ? static_cast<unsigned char>(bytes[i + b]) : 0u);
    for (std::size_t d = 0; d < 4; ++d) out += i + d > bytes.size() ? '=' : kDigits[word >> (18 - 6 * d) & 63u];
  }
  return out;
}

std::vector<std::string> decoded_lines(const std::string& command, const std::string& body) {
  std::ofstream("body", std::ios::binary) << body;
  std::FILE* pipe = ::popen(("(" + command + ") < body").c_str(), "r");  // NOLINT: the author's own command
  if (pipe == nullptr) skip("The decoder could not be started.");
  std::string text;
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, n);
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail("The decoder did not accept a body of " + std::to_string(body.size()) + " bytes.");
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return lines;
}

}  // namespace

Check round_trip() {
  return {.group = Group::kEncoder,
          .says = "What a decoder reads from the bodies is the kept records, in their order.",
          .rule = "plugin.h, mr_encoder_v1.encode: the kept records, in order",
          .remedy = "Compare the body of a small batch with what the decoder expects.",
          .run = [](Trial& trial) {
            if (trial.options().decoder.empty()) skip("No --decoder is given.");
            Live live(trial);
            live.must_start();
            const std::vector<SampleRecord> records = grouped(ordinary_records(trial.random(), 40));
            const PagedBatch batch(records);
            Selection keep(batch.count());
            for (std::uint32_t i = 0; i < batch.count(); i += 7) keep.clear(i);
            for (std::uint32_t at = 1; at < batch.count();) {
              trial.step("encode() and the decoder");
              const Body body = must_encode(live, batch, keep, {0, 15, 0}, at);
              if (body.too_large()) skip("encode() failed with " + body.answer.words() + ".");
              const std::vector<std::string> lines = decoded_lines(trial.options().decoder, body.bytes);
              std::size_t line = 0;
              for (std::uint32_t i = at; i < body.to; ++i) {
                if (!keep.has(i)) continue;
                const std::string which = "Record " + std::to_string(i) + " of the batch";
                if (line == lines.size())
                  fail(which + " is missing: the decoder read " + std::to_string(line) + " records.");
                const auto one = nlohmann::json::parse(lines[line++], nullptr, false);
                if (!one.is_object())
                  fail("The decoder wrote a line that is no JSON object: " + lines[line - 1].substr(0, 100));
                for (const auto& [name, text] : {std::pair{"key", records[i].key}, {"value", records[i].value}})
                  if (one.contains(name) && one[name] != nlohmann::json(base64(*text)))
                    fail(which + ": its " + name + " '" + *text + "' came back as " + one[name].dump() + " (base64).");
              }
              if (line < lines.size())
                fail("The decoder read " + std::to_string(lines.size() - line) + " records more than there are.");
              at = body.to;
              while (at < batch.count() && !keep.has(at)) ++at;
            }
          }};
}

}  // namespace millrace::sdk_tool
