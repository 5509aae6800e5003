// How fast the engine decides, beside plain walks of simdjson over the same bytes.
//
//   filter_bench DATA RULES.json SET      a line a measurement: SET MODE NANOSECONDS_AN_EVENT COUNT,COUNT,...
//
// SET is one of the sets of rules, "simdjson", or "texts": the set EXACT over other spellings of the hot lines.
// One thread; parsing is part of it. All patterns of a set are asked of every event, as event-ruler does. "cold" goes
// through the whole file, so each event comes from memory; "hot" goes through the first 1,000 lines again and again.
// Each figure is the best of three passes after one to warm up, in processor time of the thread.
#include <simdjson.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "filter.h"
#include "text_kinds.h"

namespace {

// Time of this thread on a processor: what else the machine does counts less than it would on a wall clock.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}
namespace filter = millrace::filter;

constexpr int kPasses = 3;
constexpr std::size_t kHotLines = 1'000;

double best(std::size_t events, int rounds, const auto& pass) {
  pass();
  double least = 1e300;
  for (int i = 0; i < kPasses; ++i) {
    const double start = now();
    for (int round = 0; round < rounds; ++round) pass();
    least = std::min(least, (now() - start) / (static_cast<double>(events) * rounds));
  }
  return least;
}

void print(const std::string& set, const char* mode, double nanoseconds, const std::string& counts) {
  std::printf("%s %s %.1f %s\n", set.c_str(), mode, nanoseconds, counts.c_str());
  std::fflush(stdout);
}

std::vector<std::string_view> hot_lines(const std::vector<std::string_view>& events) {
  return {events.begin(), events.begin() + static_cast<std::ptrdiff_t>(std::min(kHotLines, events.size()))};
}

// is_hot: no more events than the cache holds.
void measure(const std::string& set, const std::vector<std::string>& patterns,
             const std::vector<std::string_view>& events, bool is_hot) {
  const std::vector<std::string_view> views(patterns.begin(), patterns.end());
  const std::vector<std::string_view> hot = hot_lines(events);
  for (const auto validate : {filter::Validate::kFull, filter::Validate::kTouched}) {
    const bool is_full = validate == filter::Validate::kFull;
    const auto compiled = filter::compile(views, {.root = filter::Root::kEvent, .validate = validate});
    if (!compiled) {
      std::fprintf(stderr, "%s: %s\n", set.c_str(), compiled.error().message.c_str());
      std::exit(1);
    }
    filter::Scratch scratch;
    std::vector<std::size_t> counts(patterns.size());
    std::vector<std::uint64_t> matched(patterns.size() / 64 + 1);
    const auto over = [&](const std::vector<std::string_view>& some) {
      std::fill(counts.begin(), counts.end(), 0);
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (const std::size_t ahead = i + filter::Filter::kAhead; ahead < some.size())
          filter::Filter::prefetch(some[i], some[ahead]);
        compiled->matching(some[i], matched, scratch);
        for (std::size_t word = 0; word < matched.size(); ++word)
          for (std::uint64_t bits = matched[word]; bits != 0; bits &= bits - 1)
            ++counts[word * 64 + static_cast<std::size_t>(__builtin_ctzll(bits))];
      }
    };
    const double warm = best(hot.size(), 30, [&] { over(hot); });
    print(set, is_full ? "full-hot" : "touched-hot", warm, "-");
    if (is_hot) continue;
    const double cold = best(events.size(), 1, [&] { over(events); });
    std::string text;
    for (const std::size_t count : counts) text += (text.empty() ? "" : ",") + std::to_string(count);
    print(set, is_full ? "full-cold" : "touched-cold", cold, text);
  }
}

// What the fastest parser needs for reading alone: the whole document, and one early field that it looks for.
void measure_simdjson(const std::vector<std::string_view>& events) {
  constexpr std::array<std::string_view, 5> kBlocks = {"1430022", "2607117", "2607218", "3745012", "VACSTWIL"};
  simdjson::dom::parser dom;
  simdjson::ondemand::parser ondemand;
  std::size_t found = 0;
  const auto padded = [](std::string_view event) {  // the data has room behind every line but the last
    return simdjson::padded_string_view(event.data(), event.size(), event.size() + simdjson::SIMDJSON_PADDING);
  };
  const std::vector<std::string_view> hot = hot_lines(events);
  const auto parse = [&](const std::vector<std::string_view>& some) {
    for (const std::string_view event : some) {
      simdjson::dom::element document;
      if (dom.parse(event.data(), event.size(), false).get(document) == simdjson::SUCCESS) ++found;
    }
  };
  const auto seek = [&](const std::vector<std::string_view>& some) {
    for (const std::string_view event : some) {
      simdjson::ondemand::document document;
      std::string_view block;
      if (ondemand.iterate(padded(event)).get(document) == simdjson::SUCCESS &&
          document["properties"]["MAPBLKLOT"].get_string().get(block) == simdjson::SUCCESS)
        found += static_cast<std::size_t>(std::count(kBlocks.begin(), kBlocks.end(), block));
    }
  };
  print("simdjson-dom-parse", "full-hot", best(hot.size(), 30, [&] { parse(hot); }), "-");
  print("simdjson-dom-parse", "full-cold", best(events.size(), 1, [&] { parse(events); }), "-");
  print("simdjson-ondemand-EXACT", "touched-hot", best(hot.size(), 30, [&] { seek(hot); }), "-");
  print("simdjson-ondemand-EXACT", "touched-cold", best(events.size(), 1, [&] { seek(events); }),
        std::to_string(found));
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fprintf(stderr, "usage: filter_bench DATA RULES.json SET\n");
    return 2;
  }
  const std::string set = words[3];
  std::ifstream file(words[1], std::ios::binary);
  std::string data{std::istreambuf_iterator<char>(file), {}};
  data.reserve(data.size() + 64);
  std::vector<std::string_view> events;
  for (std::size_t from = 0, end = data.find('\n'); end != std::string::npos;
       from = end + 1, end = data.find('\n', from))
    events.push_back(std::string_view(data).substr(from, end - from));
  if (set == "simdjson") {
    measure_simdjson(events);
    return 0;
  }
  std::ifstream rules(words[2]);
  const auto sets = nlohmann::ordered_json::parse(rules);
  if (set == "texts") {
    for (const TextKind& kind : text_kinds(hot_lines(events)))
      measure(kind.name, sets.at("EXACT").get<std::vector<std::string>>(), {kind.events.begin(), kind.events.end()},
              true);
    return 0;
  }
  if (!sets.contains(set)) {
    std::fprintf(stderr, "%s has no set %s\n", words[2], set.c_str());
    return 2;
  }
  measure(set, sets.at(set).get<std::vector<std::string>>(), events, false);
}
