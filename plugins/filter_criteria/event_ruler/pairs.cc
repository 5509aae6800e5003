// Pairs for the comparison with event-ruler, and the comparison itself.
//
//   filter_pairs make COUNT SEED          pairs as JSON lines, with the engine's verdict
//   filter_pairs compare PAIRS ANSWERS    what event-ruler said, line for line; 0 when every difference is explained
//
// A difference is explained by a quirk of the library that is not copied on purpose. Each quirk has a condition on the
// pair as narrow as can be told from its texts; what fits none is printed and fails the comparison.
#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "../fuzz/generator.h"
#include "filter.h"
#include "reference/reference.h"
#include "reference/text_rules.h"

namespace {

using nlohmann::json;
namespace filter = millrace::filter;
namespace reference = millrace::filter::reference;

constexpr std::array<const char*, 18> kOperators = {"exact",
                                                    "exactly",
                                                    "prefix",
                                                    "suffix",
                                                    "equals-ignore-case",
                                                    "prefix-ignore-case",
                                                    "suffix-ignore-case",
                                                    "wildcard",
                                                    "anything-but",
                                                    "anything-but list",
                                                    "anything-but prefix",
                                                    "anything-but suffix",
                                                    "anything-but equals-ignore-case",
                                                    "anything-but wildcard",
                                                    "numeric",
                                                    "exists",
                                                    "cidr",
                                                    "$or"};

std::string verdict(const std::string& pattern, const std::string& event) {
  const auto compiled = filter::compile(pattern, {.root = filter::Root::kEvent});
  if (!compiled) return "invalid";
  filter::Scratch scratch;
  switch (compiled->judge({.value = event}, scratch).reason) {
    case filter::Reason::kMatched:
      return "match";
    case filter::Reason::kRejected:
      return "nomatch";
    case filter::Reason::kOtherForm:
      return "error";  // the library throws: the event is no JSON object
    default:
      return "undecided";
  }
}

void make(std::size_t count, std::uint64_t seed) {
  for (std::size_t made = 0; made < count; ++seed) {
    const filter::fuzz::Pair pair = filter::fuzz::make_pair(seed);
    if (!reference::is_utf8(pair.pattern) || !reference::is_utf8(pair.event)) continue;  // JSON lines cannot hold it
    const json line = {{"pattern", pair.pattern},
                       {"event", pair.event},
                       {"operators", pair.operators},
                       {"ours", verdict(pair.pattern, pair.event)}};
    std::cout << line.dump() << '\n';
    ++made;
  }
}

// Everything in a pattern that a quirk may hang on.
struct Traits {
  bool is_json = false;
  bool has_quote_at_edge = false;  // prefix with a quote at its end, suffix with one at its beginning
  bool has_astral_ignore_case = false;
  bool has_cidr_or_address = false;
  bool has_empty_step = false;      // an empty name with another name before or behind it
  bool has_empty_list = false;      // inside anything-but
  bool has_largest_double = false;  // which its number encoding has no successor for
};

void look_at(const reference::Json& tree, std::size_t index, const std::string& above, Traits& traits) {
  const auto& node = tree.nodes[index];
  using Kind = reference::Json::Kind;
  const bool is_text = node.kind == Kind::kString;
  const std::string& name = node.name.empty() ? above : node.name;  // an entry of a list has its list's name
  if (is_text && name == "prefix" && node.text.ends_with('"')) traits.has_quote_at_edge = true;
  if (is_text && name == "suffix" && node.text.starts_with('"')) traits.has_quote_at_edge = true;
  const auto is_astral = [](char c) { return static_cast<unsigned char>(c) >= 0xF0; };
  if (is_text && name == "equals-ignore-case" && std::any_of(node.text.begin(), node.text.end(), is_astral))
    traits.has_astral_ignore_case = true;
  if (is_text && (name == "cidr" || reference::is_address(node.text))) traits.has_cidr_or_address = true;
  if (node.kind == Kind::kArray && node.children.empty()) traits.has_empty_list = true;
  if (node.kind == Kind::kNumber && node.text.starts_with("1.7976931348623157e")) traits.has_largest_double = true;
  for (const std::size_t child : node.children) look_at(tree, child, name, traits);
}

Traits traits_of(const std::string& pattern) {
  Traits traits;
  const auto tree = reference::Json::parse(pattern);
  if (!tree) return traits;
  traits.is_json = true;
  look_at(*tree, 0, "", traits);
  for (const reference::Rule& rule : reference::Pattern::parse("{\"value\":" + pattern + "}").rules)
    for (const auto& [path, alternatives] : rule)
      if (const std::string inner = path.substr(5);  // ".a.b" of "value.a.b"
          inner.find("..") != std::string::npos || (inner.size() > 1 && inner.ends_with('.')))
        traits.has_empty_step = true;
  return traits;
}

// The quirk that explains why event-ruler answers otherwise; "" when none does.
std::string explained(const json& pair, const std::string& ours, const std::string& answer) {
  const std::string theirs = answer.substr(0, answer.find(' '));
  const std::string pattern = pair.at("pattern"), event = pair.at("event");
  const Traits traits = traits_of(pattern);
  if (theirs == "fallback") return ours == "invalid" ? "a malformed $or as a field called $or" : "";
  if (!traits.is_json && ours == "invalid") return "text behind the pattern's closing brace";
  if (ours == "error" && !reference::Json::parse(event)) return "text behind the event's closing brace";
  if (ours == "invalid") return traits.has_empty_list ? "an empty list inside anything-but" : "";
  if (theirs == "invalid" || theirs == "error")
    return answer.find("out of bounds") != std::string::npos && traits.has_largest_double
               ? "the library breaks on the largest double"
               : "";
  if (const auto parsed = reference::Pattern::parse("{\"value\":" + pattern + "}");
      reference::matches_by_entry_only(parsed, event) == (theirs == "match"))
    return "a duplicate member's value beside an array is forgotten";
  // The library itself agrees with us as soon as it is asked one alternative at a time.
  if (answer == theirs + " alone " + ours) return "alternatives in one machine disturb each other";
  if (traits.has_empty_step) return "an empty name under a parent";
  if (traits.has_astral_ignore_case) return "characters beyond the basic plane in equals-ignore-case";
  if (traits.has_cidr_or_address) return "addresses, numbers and digits confused by cidr";
  if (traits.has_quote_at_edge) return "the quote that ends or begins a string in prefix and suffix";
  return "";
}

int compare(const char* pairs_name, const char* answers_name) {
  std::ifstream pairs(pairs_name), answers(answers_name);
  std::size_t count = 0, matching = 0, unexplained = 0;
  std::map<std::string, std::size_t> operators, quirks;
  for (std::string line, answer; std::getline(pairs, line); ++count) {
    if (!std::getline(answers, answer)) answer = "nothing";
    const json pair = json::parse(line);
    const std::string ours = pair.at("ours"), theirs = answer.substr(0, answer.find(' '));
    if (theirs == "match") ++matching;
    for (const std::string name : pair.at("operators")) ++operators[name];
    if (ours == theirs) continue;
    if (const std::string quirk = explained(pair, ours, answer); !quirk.empty()) {
      ++quirks[quirk];
    } else if (++unexplained <= 20) {
      std::cout << "unexplained: we say " << ours << ", event-ruler says " << answer << "\n  pattern "
                << pair.at("pattern").get<std::string>() << "\n  event   " << pair.at("event").get<std::string>()
                << "\n";
    }
  }
  std::cout << count << " pairs, " << matching << " matching (" << (count == 0 ? 0 : matching * 100 / count) << " %)\n";
  bool enough = count > 0 && matching * 100 >= count * 30;
  for (const char* name : kOperators) {
    std::cout << "  " << name << ": " << operators[name] << "\n";
    enough = enough && operators[name] * 40 >= count;  // 5,000 in 200,000
  }
  std::size_t explained_count = 0;
  for (const auto& [quirk, times] : quirks) explained_count += times;
  std::cout << explained_count << " differences are quirks that are not copied:\n";
  for (const auto& [quirk, times] : quirks) std::cout << "  " << quirk << ": " << times << "\n";
  std::cout << unexplained << " differences are unexplained\n";
  if (!enough) std::cout << "too few pairs match, or use one of the operators\n";
  return unexplained == 0 && enough ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const std::string what = count > 3 ? words[1] : "";
  if (what == "make") {
    make(std::stoul(words[2]), std::stoul(words[3]));
    return 0;
  }
  if (what == "compare") return compare(words[2], words[3]);
  std::cerr << "usage: filter_pairs make COUNT SEED | compare PAIRS ANSWERS\n";
  return 2;
}
