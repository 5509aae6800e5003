#include "checks.h"

#include <array>
#include <string_view>
#include <vector>

#include "filter.h"
#include "generator.h"
#include "reference/json.h"
#include "reference/reference.h"
#include "scan.h"

namespace millrace::filter::fuzz {
namespace {

std::string words(Reason reason) {
  return name(reason);
}

std::string words(reference::Verdict verdict) {
  constexpr std::array<const char*, 6> kNames = {"matched",   "rejected", "other form",
                                                 "not UTF-8", "no value", "too complex"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string difference(std::string_view pattern, std::string_view value, const std::string& engine,
                       const std::string& wanted) {
  return "engine: " + engine + ", reference: " + wanted + "\n  pattern " + quoted(pattern) + "\n  value   " +
         quoted(value);
}

// Without white space around it, if there are braces then; else nothing.
std::string_view in_braces(std::string_view value) {
  constexpr std::string_view kWhite = " \n\t\r";
  const std::size_t first = value.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  value = value.substr(first, value.find_last_not_of(kWhite) - first + 1);
  return value.size() >= 2 && value.front() == '{' && value.back() == '}' ? value : std::string_view();
}

// The engine takes the best kernel; the others have to agree with it.
std::string check_kernels(std::string_view object) {
  const Exactly copy(object);
  Blocks blocks;
  NameStarts starts;
  starts.add("a");
  std::vector<std::uint64_t> deep;
  for (const bool full : {true, false}) {
    const bool wanted =
        kernels::scan_portable(copy.view().data(), copy.view().size(), starts, blocks, full, deep).is_json;
    if (kernels::has_avx2() &&
        kernels::scan_avx2(copy.view().data(), copy.view().size(), starts, blocks, full, deep).is_json != wanted)
      return difference("", object, "AVX2", "portable");
    if (kernels::has_avx512() &&
        kernels::scan_avx512(copy.view().data(), copy.view().size(), starts, blocks, full, deep).is_json != wanted)
      return difference("", object, "AVX-512", "portable");
  }
  return "";
}

std::string check(const std::string& pattern, std::string_view value) {
  const auto parsed = reference::Pattern::parse(pattern);
  const auto full = compile(pattern, {.validate = Validate::kFull});
  if (full.has_value() != parsed.error.empty())
    return difference(pattern, "", full ? "accepts" : "refuses: " + full.error().message,
                      full ? "refuses: " + parsed.error : "accepts");
  if (!full) return full.error().id.empty() || full.error().message.empty() ? "an error without words" : "";
  const Exactly copy(value);
  const auto wanted = reference::judge(parsed, value);
  Scratch scratch;
  const Verdict verdict = full->judge({.value = copy.view()}, scratch);
  const auto is_complex = [&](Verdict v) {
    return v.reason == Reason::kTooComplex || wanted == reference::Verdict::kTooComplex;
  };
  if (!is_complex(verdict) && words(verdict.reason) != words(wanted))
    return difference(pattern, value, words(verdict.reason), words(wanted));
  if (verdict.keep != (verdict.reason != Reason::kRejected)) return difference(pattern, value, "keeps wrongly", "");

  // Without faults in it, a value is judged alike however little of it is checked. One with braces around it that is
  // not JSON may be taken for JSON.
  const bool is_sound = (wanted == reference::Verdict::kMatch || wanted == reference::Verdict::kNoMatch) &&
                        (in_braces(value).empty() || reference::Json::parse(value));
  const auto touched = compile(pattern, {.validate = Validate::kTouched});
  const Verdict quick = touched->judge({.value = copy.view()}, scratch);
  if (is_sound && !is_complex(quick) && !is_complex(verdict) && words(quick.reason) != words(wanted))
    return difference(pattern, value, "touched: " + words(quick.reason), words(wanted));

  // A batch decides as one by one, with a scratch that has seen other values.
  const std::array<std::string_view, 3> values = {copy.view(), std::string_view("{\"a\":[{\"b\":1}]}"), copy.view()};
  std::uint64_t keep = 7;
  full->match_batch(values, &keep, scratch);
  if (((keep & 1) != 0) != verdict.keep || ((keep & 4) != 0) != verdict.keep)
    return difference(pattern, value, "batch: " + std::to_string(keep), words(wanted));
  return "";
}

constexpr std::array<std::string_view, 14> kPatterns = {
    R"({"value":{"a":[{"exists":true}]}})",
    R"({"value":{"a":[{"exists":false}]}})",
    R"({"value":{"a":{"b":[1]},"c":["x"]}})",
    R"({"value":{"a":{"b":[1],"c":[2]}}})",
    R"({"value":{"a":{"b":[{"exists":false}],"c":[2]}}})",
    R"({"value":{"a":[{"numeric":[">=",-1,"<",1e3]}]}})",
    R"({"value":{"a":[300,12345678901234567890,"300"]}})",
    R"({"value":{"a":[{"anything-but":{"wildcard":"*a*b*"}}]}})",
    R"({"value":{"a.b":[{"equals-ignore-case":"stra\u00dfe"}]}})",
    R"({"value":{"a":[{"prefix":"\ud83d\ude00"},{"suffix":"\""},{"cidr":"10.0.0.0/8"}]}})",
    R"({"value":{"$or":[{"a":[null]},{"b":{"c":{"d":[true]}}}]}})",
    R"({"value":{"":["",{"wildcard":"x\\*y"}]}})",
    R"({"value":[{"prefix":"a"},{"anything-but":["b","c"]}]})",
    R"({"$or":[{"value":["a"]},{"value":{"a":["a"]}}]})"};

}  // namespace

std::string check_pattern(Bytes bytes) {
  const std::string text(bytes.begin(), bytes.end());
  const std::string wrong = check(text, R"({"a":{"b":[1,"x",null]},"c":300})");
  return wrong.empty() ? check("{\"value\":" + text + "}", R"({"a":{"b":[1,"x",null]},"c":300})") : wrong;
}

std::string check_event(Bytes bytes) {
  if (bytes.empty()) return "";
  const std::string value(bytes.begin() + 1, bytes.end());
  if (const std::string_view object = in_braces(value); !object.empty())
    if (std::string wrong = check_kernels(object); !wrong.empty()) return wrong;
  return check(std::string(kPatterns[bytes[0] % kPatterns.size()]), value);
}

std::string check_pair(Bytes bytes) {
  Choices choices(bytes);
  const Pair pair = choices.once_in(8) ? make_text_pair(choices) : make_pair(choices);
  return check("{\"value\":" + pair.pattern + "}", pair.event);
}

std::vector<std::uint8_t> from_hex(const std::string& line) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < line.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(line.substr(i, 2), nullptr, 16)));
  return out;
}

}  // namespace millrace::filter::fuzz
