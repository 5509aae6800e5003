// The Kafka event's JSON, read with simdjson; the shape stands in event_reader.h.
#include "tests/e2e/function/event_reader.h"

#include <simdjson.h>

#include <array>
#include <stdexcept>

namespace millrace::e2e {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::runtime_error("not a Kafka event: " + what);
}

// RFC 4648, padded: anything else is refused, so that a sloppy encoder cannot pass.
std::string decode_base64(std::string_view text) {
  static const std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i)
      table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
  }();
  if (text.size() % 4 != 0) refuse("base64 of a length that is no multiple of 4");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes(text.size() / 4 * 3, '\0');
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      const int value = j >= text.size() - padding ? 0 : values[static_cast<unsigned char>(text[j])];
      if (value < 0) refuse("base64 with a foreign character");
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    bytes[written++] = static_cast<char>(group >> 16);
    bytes[written++] = static_cast<char>(group >> 8 & 0xff);
    bytes[written++] = static_cast<char>(group & 0xff);
  }
  bytes.resize(written - padding);
  return bytes;
}

Bytes read_bytes(simdjson::dom::object record, const char* name) {
  std::string_view text;
  const auto error = record[name].get(text);
  if (error == simdjson::NO_SUCH_FIELD) return std::nullopt;
  if (error) refuse(std::string(name) + " is not a string");
  return decode_base64(text);
}

Bytes read_header(simdjson::dom::element element) {
  if (element.is_null()) return std::nullopt;
  std::string bytes;
  for (const std::int64_t byte : simdjson::dom::array(element)) {
    if (byte < -128 || byte > 127) refuse("a header byte outside -128 to 127");
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

Event::Record read_record(simdjson::dom::object record) {
  Event::Record read;
  read.message.topic = std::string(std::string_view(record["topic"]));
  read.message.partition = static_cast<std::int32_t>(std::int64_t(record["partition"]));
  read.message.timestamp = record["timestamp"];
  read.offset = record["offset"];
  read.timestamp_type = std::string(std::string_view(record["timestampType"]));
  read.message.key = read_bytes(record, "key");
  read.message.value = read_bytes(record, "value");
  for (const simdjson::dom::object header : simdjson::dom::array(record["headers"])) {
    if (header.size() != 1) refuse("a header object with other than one member");
    const auto field = *header.begin();
    read.message.headers.emplace_back(std::string(field.key), read_header(field.value));
  }
  return read;
}

}  // namespace

Event read_event(std::string_view body) {
  thread_local simdjson::dom::parser parser;
  try {
    const simdjson::dom::object root = parser.parse(body.data(), body.size());
    Event event;
    event.source = std::string(std::string_view(root["eventSource"]));
    event.bootstrap_servers = std::string(std::string_view(root["bootstrapServers"]));
    for (const auto& [name, records] : simdjson::dom::object(root["records"])) {
      const std::size_t before = event.records.size();
      for (const simdjson::dom::object record : simdjson::dom::array(records)) {
        event.records.push_back(read_record(record));
        const Message& message = event.records.back().message;
        if (message.topic + "-" + std::to_string(message.partition) != name)
          refuse("a record of " + message.topic + "-" + std::to_string(message.partition) + " under " +
                 std::string(name));
      }
      if (event.records.size() == before) refuse("an empty list of records under " + std::string(name));
    }
    return event;
  } catch (const simdjson::simdjson_error& error) {
    refuse(error.what());
  }
}

}  // namespace millrace::e2e
