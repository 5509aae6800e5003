#include "runtime/dev/event_printer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

namespace millrace::dev {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostRecordsShown = 2;
constexpr std::size_t kMostTextShown = 160;  // characters of a value, or of a long member of a record

std::string shortened(std::string text) {
  if (text.size() <= kMostTextShown) return text;
  std::size_t end = kMostTextShown;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // not in the middle of a character
  return text.substr(0, end) + "…";
}

// What does not decode is shown as it is: this is for eyes only.
std::string from_base64(const std::string& text) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return text;
    bits = bits << 6 | static_cast<unsigned>(digit);
    if ((count += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (count -= 8) & 0xFF));
  }
  return bytes;
}

// Bytes of a value on one line of a terminal.
std::string printable(const std::string& bytes) {
  const std::string text = Json(bytes).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string plain = text.substr(1, text.size() - 2);
  if (bytes.find('\\') == std::string::npos)  // then every backslash is an escape, and \" is a quote
    for (std::size_t at = 0; (at = plain.find("\\\"", at)) != std::string::npos; ++at) plain.erase(at, 1);
  return shortened(plain);
}

std::string plural(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

struct Digest {
  std::uint64_t records = 0;
  std::string streams;      // "orders-0 at 4–9, orders-1 at 2"
  std::string first_value;  // decoded
};

Digest digest(const Json& records) {
  Digest out;
  for (const auto& [stream, list] : records.items()) {
    if (list.empty()) continue;
    const auto first = list.front().at("offset").get<std::int64_t>();
    const auto last = list.back().at("offset").get<std::int64_t>();
    if (out.records == 0) {
      const auto value = list.front().find("value");
      out.first_value = value == list.front().end() ? "no value" : printable(from_base64(value->get<std::string>()));
    }
    out.records += list.size();
    out.streams += (out.streams.empty() ? "" : ", ") + stream + " at " + std::to_string(first);
    if (last != first) out.streams += "–" + std::to_string(last);
  }
  return out;
}

// The event with no more records than are shown, and long members cut.
Json excerpt(Json event) {
  std::size_t left = kMostRecordsShown;
  Json kept = Json::object();
  for (auto& [stream, list] : event.at("records").items()) {
    if (left == 0) break;
    const std::size_t take = std::min(left, list.size());
    left -= take;
    for (std::size_t i = 0; i < take; ++i) {
      Json& record = kept[stream].emplace_back(std::move(list[i]));
      for (auto& [name, member] : record.items())
        if (member.is_string()) member = shortened(member.get<std::string>());
      if (const auto headers = record.find("headers");
          headers != record.end() && headers->dump().size() > kMostTextShown)
        *headers = Json::array({"…"});
    }
  }
  event["records"] = std::move(kept);
  return event;
}

}  // namespace

void EventPrinter::on_event(std::string_view event) {
  const std::string title = "event " + std::to_string(++events_) + ": ";
  const std::string size = ", " + plural(event.size(), "byte");
  try {
    Json parsed = Json::parse(event);
    const Digest about = digest(parsed.at("records"));
    const std::string line = title + plural(about.records, "record") + " (" + about.streams + ")" + size;
    if (events_ > 1) return print_(line + ", first value " + about.first_value);
    std::string text = line + "\n" + excerpt(std::move(parsed)).dump(2, ' ', false, Json::error_handler_t::replace);
    if (about.records > kMostRecordsShown)
      text += "\n… and " + plural(about.records - kMostRecordsShown, "more record") + " like these";
    print_(text + "\nfirst value, decoded: " + about.first_value);
  } catch (const Json::exception&) {
    print_(title + "not the event of the lambda_event encoder" + size);
  }
}

}  // namespace millrace::dev
