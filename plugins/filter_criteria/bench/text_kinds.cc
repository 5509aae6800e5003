#include "text_kinds.h"

#include <nlohmann/json.hpp>

#include "utf8.h"

namespace {

using Json = nlohmann::ordered_json;

std::string chinese_note(std::size_t seed) {
  std::string text;
  for (std::size_t i = 0; i < 180; ++i)
    millrace::filter::append_utf8(text, static_cast<char32_t>(0x4E00 + (seed * 7919 + i * 104'729) % 0x5000));
  return text;
}

}  // namespace

std::vector<TextKind> text_kinds(const std::vector<std::string_view>& parcels) {
  std::vector<TextKind> kinds = {{"EXACT-umlauts", {}},
                                 {"EXACT-Chinese", {}},
                                 {"EXACT-u-escapes", {}},
                                 {"EXACT-in-a-string", {}},
                                 {"EXACT-indented", {}}};
  for (std::size_t i = 0; i < parcels.size(); ++i) {
    const Json parcel = Json::parse(parcels[i]);
    Json umlauts = parcel;
    umlauts["properties"]["STREET"] = "K\u00f6nigstra\u00dfe";
    umlauts["properties"]["CITY"] = "D\u00fcsseldorf";
    kinds[0].events.push_back(umlauts.dump());
    Json chinese = parcel;
    chinese["properties"]["NOTE"] = chinese_note(i);
    chinese.erase("geometry");
    kinds[1].events.push_back(chinese.dump());
    kinds[2].events.push_back(chinese.dump(-1, ' ', true));
    Json nested = parcel;
    nested["geometry"] = parcel.at("geometry").dump();
    kinds[3].events.push_back(nested.dump());
    kinds[4].events.push_back(parcel.dump(2));
  }
  return kinds;
}
