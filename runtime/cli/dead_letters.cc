#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "runtime/cli/commands.h"
#include "runtime/cli/output.h"
#include "runtime/config/did_you_mean.h"
#include "runtime/config/utf8.h"
#include "runtime/pipeline/shell/state_directory.h"

namespace millrace::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Letter {
  std::string pipeline;
  Json document;
};

struct Spools {
  std::filesystem::path directory;
  std::vector<std::string> pipelines;  // that have a spool, sorted
};

std::optional<Spools> find_spools(const HostSettings& settings) {
  const auto state = pipeline::choose_state_directory(
      settings.state_directory, [](const char* name) { return static_cast<const char*>(std::getenv(name)); });
  if (!state.ok()) {
    say(state.status().to_string());
    return std::nullopt;
  }
  Spools spools;
  spools.directory = *state / "dead-letters";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(spools.directory, error))
    if (entry.path().extension() == ".jsonl") spools.pipelines.push_back(entry.path().stem().string());
  if (error && error != std::errc::no_such_file_or_directory) {
    say("MR7101: cannot read the dead letters in " + spools.directory.string() + ": " + error.message());
    return std::nullopt;
  }
  std::sort(spools.pipelines.begin(), spools.pipelines.end());
  return spools;
}

// The letters of one pipeline in the order they were written. A last line that a crash has torn is left out; so is any
// other that is no JSON, with a warning.
bool read_letters(const Spools& spools, const std::string& pipeline, std::vector<Letter>& letters) {
  const std::filesystem::path file = spools.directory / (pipeline + ".jsonl");
  std::ifstream stream(file);
  if (!stream) {
    say("MR7101: cannot read " + file.string());
    return false;
  }
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    Json document = Json::parse(line, nullptr, false);
    if (document.is_object() && document.contains("record") && document["record"].is_object()) {
      letters.push_back({pipeline, std::move(document)});
    } else if (!stream.eof()) {
      say(file.string() + ":" + std::to_string(number) + ": warning: the line is no dead letter and is left out");
    }
  }
  return true;
}

std::string text_at(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* key : path) {
    const auto found = at->is_object() ? at->find(key) : at->end();
    if (!at->is_object() || found == at->end()) return "";
    at = &*found;
  }
  if (at->is_null()) return "";
  return at->is_string() ? at->get<std::string>() : at->dump();
}

std::string position_of(const Json& document) {
  return text_at(document, {"record", "topic"}) + "/" + text_at(document, {"record", "partition"}) + "/" +
         text_at(document, {"record", "offset"});
}

std::optional<std::string> decode(const std::string& base64) {
  if (base64.size() % 4 != 0) return std::nullopt;
  std::string out(base64.size() / 4 * 3, '\0');
  if (out.empty()) return out;
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - (base64.ends_with("==") ? 2 : base64.ends_with("=") ? 1 : 0));
  return out;
}

// Bytes for a terminal: text as text without control characters, anything else by its size and base64.
std::string presentable(const Json& base64) {
  constexpr std::size_t kMost = 2000;
  if (!base64.is_string()) return "(absent)";
  const auto bytes = decode(base64.get<std::string>());
  if (!bytes) return "(not readable)";
  if (bytes->empty()) return "(empty)";
  const bool is_text =
      config::first_invalid_utf8(*bytes) == bytes->size() && std::none_of(bytes->begin(), bytes->end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
      });
  const std::string& shown = is_text ? *bytes : base64.get_ref<const std::string&>();
  std::string out = is_text ? "" : std::to_string(bytes->size()) + " bytes, base64: ";
  if (shown.size() <= kMost) return out + shown;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0u) == 0x80u) --end;
  return out + shown.substr(0, end) + "... (" + std::to_string(bytes->size()) + " bytes; -o json has all of them)";
}

std::string as_text(const Letter& letter) {
  const Json& d = letter.document;
  const Json& record = d["record"];
  auto line = [](const std::string& name, const std::string& value) {
    return value.empty() ? "" : name + std::string(13 - name.size(), ' ') + value + "\n";
  };
  std::string out = position_of(d) + "\n";
  out += line("  pipeline", letter.pipeline);
  out += line("  condition", text_at(d, {"requestContext", "condition"}));
  out += line("  detail", text_at(d, {"requestContext", "detail"}));
  out += line("  spooled", text_at(d, {"timestamp"}));
  out += line("  written", text_at(d, {"KafkaBatchInfo", "recordInfo", "timestamp"}));
  out += line("  function", text_at(d, {"requestContext", "functionArn"}));
  out += line("  attempts", text_at(d, {"requestContext", "approximateInvokeCount"}));
  out += line("  status", text_at(d, {"responseContext", "statusCode"}));
  out += line("  error", text_at(d, {"responseContext", "functionError"}));
  out += line("  key", presentable(record.value("key", Json())));
  if (record.contains("headers") && record["headers"].is_array())
    for (const Json& header : record["headers"])
      if (header.is_array() && header.size() == 2)
        out += line("  header", presentable(header[0]) + ": " + presentable(header[1]));
  return out + line("  value", presentable(record.value("value", Json())));
}

std::string as_json(const std::vector<Letter>& letters, Output output) {
  Json list = Json::array();
  for (const Letter& letter : letters) {
    Json one = {{"pipeline", letter.pipeline}};
    one.update(letter.document);
    list.push_back(std::move(one));
  }
  return output == Output::kYaml ? json_as_yaml(list.dump()) : list.dump() + "\n";
}

int no_such_pipeline(const Spools& spools, const std::string& pipeline) {
  const std::string meant = config::nearest(pipeline, spools.pipelines);
  say("millrace: the pipeline '" + pipeline + "' has no dead letters in " + spools.directory.string() +
      (meant.empty() ? "" : ", did you mean '" + meant + "'?"));
  return kExitFailed;
}

}  // namespace

int dead_letters_list_command(const HostSettings& settings, const std::string& pipeline, Output output) {
  const auto spools = find_spools(settings);
  if (!spools) return kExitFailed;
  if (!pipeline.empty() &&
      std::find(spools->pipelines.begin(), spools->pipelines.end(), pipeline) == spools->pipelines.end())
    return no_such_pipeline(*spools, pipeline);
  std::vector<Letter> letters;
  for (const std::string& name : spools->pipelines)
    if ((pipeline.empty() || name == pipeline) && !read_letters(*spools, name, letters)) return kExitFailed;
  if (output != Output::kTable) return answer(as_json(letters, output)) ? kExitOk : kExitFailed;
  if (letters.empty()) {
    say("no dead letters in " + spools->directory.string());
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows = {
      {"PIPELINE", "TOPIC/PARTITION/OFFSET", "SPOOLED", "CONDITION", "BYTES", "DETAIL"}};
  for (const Letter& letter : letters)
    rows.push_back({letter.pipeline, position_of(letter.document), text_at(letter.document, {"timestamp"}),
                    text_at(letter.document, {"requestContext", "condition"}),
                    text_at(letter.document, {"KafkaBatchInfo", "payloadSize"}),
                    text_at(letter.document, {"requestContext", "detail"})});
  return answer(table(rows)) ? kExitOk : kExitFailed;
}

int dead_letters_show_command(const HostSettings& settings, const std::string& pipeline, const std::string& position,
                              Output output) {
  const auto spools = find_spools(settings);
  if (!spools) return kExitFailed;
  if (std::find(spools->pipelines.begin(), spools->pipelines.end(), pipeline) == spools->pipelines.end())
    return no_such_pipeline(*spools, pipeline);
  std::vector<Letter> letters;
  if (!read_letters(*spools, pipeline, letters)) return kExitFailed;
  if (!position.empty())
    std::erase_if(letters, [&](const Letter& letter) { return position_of(letter.document) != position; });
  if (letters.empty()) {
    say(position.empty() ? "millrace: the spool of '" + pipeline + "' is empty"
                         : "millrace: there is no dead letter at " + position +
                               "\n  Write it as TOPIC/PARTITION/OFFSET, as `millrace dead-letters list` shows it.");
    return kExitFailed;
  }
  std::string text;
  if (output != Output::kTable) {
    text = as_json(letters, output);
  } else {
    for (const Letter& letter : letters) text += (text.empty() ? "" : "\n") + as_text(letter);
  }
  return answer(text) ? kExitOk : kExitFailed;
}

}  // namespace millrace::cli
