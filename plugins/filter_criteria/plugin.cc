// The filter `filter_criteria`: which records go on, by AWS Lambda's pattern language.
//
// A record is dropped only when a filter of its form looked at it and said no. What no filter can judge (another
// format, no value, bytes that are not UTF-8, an event too costly to join) goes on: a filter that drops what it did not
// understand loses data for good.
//
// apply() is const and may run on several threads at once.
#include <millrace/plugin.hpp>

#include <string>
#include <vector>

#include "matcher.h"
#include "schema.h"

namespace {

using filter_criteria::Matcher;
using filter_criteria::PatternError;
using filter_criteria::Verdict;

class FilterCriteria {
 public:
  static constexpr millrace::Info info{
      .type = "filter_criteria",
      .summary = "Keeps the records whose value matches one of the patterns, as AWS Lambda's FilterCriteria does.",
      .schema = kSchema,
      .needs = MR_NEED_VALUE};

  FilterCriteria(millrace::Host host, const millrace::Config& config)
      : matcher_(compile(config)),
        too_complex_(host.metrics().counter("filter_too_complex",
                                            "Records kept because joining the entries of their "
                                            "arrays took too many steps")) {}

  void apply(millrace::Batch batch, millrace::Selection keep) const {
    Matcher::Scratch scratch;
    keep.keep_if([&](std::uint32_t i) {
      const mr_bytes value = batch[i].value;
      const Verdict verdict = matcher_.match(millrace::view(value), scratch);
      if (verdict == Verdict::kTooComplex) too_complex_.record();
      return verdict != Verdict::kNoMatch;
    });
  }

 private:
  static Matcher compile(const millrace::Config& config) {
    const auto& filters = config.at("filters");
    const auto most = config.value("maximum_filters", std::size_t{5});
    if (filters.size() > most)
      throw millrace::Error(MR_INVALID_ARGUMENT,
                            std::to_string(filters.size()) + " filters are more than the " + std::to_string(most) +
                                " that maximum_filters allows.",
                            "/filters")
          .id("MR6005")
          .hint("Join filters with $or inside one pattern, or raise maximum_filters.");
    std::vector<std::string> patterns;
    for (const auto& filter : filters) patterns.push_back(filter.at("pattern").get<std::string>());
    try {
      return Matcher::compile(patterns);
    } catch (const PatternError& e) {
      throw millrace::Error(MR_INVALID_ARGUMENT, place(e) + ": " + e.what() + ".",
                            "/filters/" + std::to_string(e.filter) + "/pattern")
          .id(e.id);
    }
  }

  static std::string place(const PatternError& e) {
    const std::string character = "character " + std::to_string(e.character);
    return "at " + (e.place.empty() ? character : e.place + " (" + character + ")");
  }

  Matcher matcher_;
  millrace::Metric too_complex_;
};

constexpr mr_error_info kErrors[] = {
    {"MR6001", "The pattern is not JSON",
     "A pattern given as text is not one JSON object in UTF-8; the message has the place.",
     "Correct the text, or write the pattern as a YAML mapping."},
    {"MR6002", "The pattern breaks a rule of the pattern language",
     "A field takes a list of alternatives or an object of fields, and an alternative is a plain value or one "
     "operator.",
     "Correct the place that the message names."},
    {"MR6003", "The operator is not in this version",
     "The pattern uses an operator of the language that this version does not have: equals-ignore-case, wildcard or "
     "cidr.",
     "Write it with exact, prefix, suffix, anything-but, numeric, exists and $or, or use a newer version."},
    {"MR6004", "The pattern is too long", "A pattern has at most 4,096 characters, as in AWS.",
     "Split it into several filters: they are ORed."},
    {"MR6005", "There are too many filters", "The list has more filters than maximum_filters allows.",
     "Join filters with $or inside one pattern, or raise maximum_filters."},
    {"MR6006", "The field cannot be filtered", "Records from Kafka are filtered by their value alone, as in AWS.",
     "Put the pattern under \"value\": {\"value\": {\"status\": [\"shipped\"]}}."},
    {"MR6007", "The pattern is too wide",
     "The $or of one pattern multiply to more than 1,000 combinations, or one of them has more than 256 fields.",
     "Use fewer $or beside each other, or several filters."},
};

constexpr millrace::PluginInfo kPlugin{.name = "millrace.filter_criteria",
                                       .version = "0.1.0",
                                       .vendor = "Millrace",
                                       .license = "Apache-2.0",
                                       .errors = kErrors};

}  // namespace

MR_PLUGIN(kPlugin, &millrace::filter<FilterCriteria>)
