// The filter `filter_criteria`: which records go on, by AWS Lambda's pattern language.
//
// A record is dropped only when a filter of its form looked at it and said no. What no filter can judge (another
// format, no value, bytes that are not UTF-8, an event too costly to join) goes on: a filter that drops what it did not
// understand loses data for good.
//
// apply() is const and may run on several threads at once.
#include <millrace/plugin.hpp>

#include <string>

#include "adapter.h"
#include "schema.h"

namespace {

class FilterCriteria {
 public:
  static constexpr millrace::Info info{
      .type = "filter_criteria",
      .summary = "Keeps the records whose value matches one of the patterns, as AWS Lambda's FilterCriteria does.",
      .schema = kSchema,
      .needs = MR_NEED_VALUE | MR_NEED_KEY | MR_NEED_HEADERS | MR_NEED_TIMESTAMP};

  FilterCriteria(millrace::Host host, const millrace::Config& config)
      : engine_(settings(config)),
        too_complex_(host.metrics().counter("filter_too_complex",
                                            "Records kept because joining the entries of their "
                                            "arrays took too many steps")) {}

  void apply(millrace::Batch batch, millrace::Selection keep) const {
    if (const std::uint64_t count = engine_.apply(batch, keep); count > 0)
      too_complex_.record(static_cast<double>(count));
  }

 private:
  static filter_criteria::Settings settings(const millrace::Config& config) {
    const auto& filters = config.at("filters");
    const auto most = config.value("maximum_filters", std::size_t{5});
    if (filters.size() > most)
      throw millrace::Error(MR_INVALID_ARGUMENT,
                            std::to_string(filters.size()) + " filters are more than the " + std::to_string(most) +
                                " that maximum_filters allows.",
                            "/filters")
          .id("MR6005")
          .hint("Join filters with $or inside one pattern, or raise maximum_filters.");
    filter_criteria::Settings settings;
    for (const auto& filter : filters) settings.patterns.push_back(filter.at("pattern").get<std::string>());
    settings.strict_lambda = config.value("strict_lambda", false);
    settings.record_fields = config.value("record_fields", false);
    settings.drop_on_mismatch = config.value("on_format_mismatch", "pass") == "drop";
    settings.validate_touched = config.value("validate", "full") == "touched";
    return settings;
  }

  filter_criteria::Adapter engine_;
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
    {"MR6003", "The operator is beyond Lambda's own table",
     "strict_lambda is on, and the pattern uses an operator that the Lambda guide does not list.",
     "Write it with exact values, prefix, suffix, equals-ignore-case, anything-but lists, numeric, exists and $or, or "
     "turn strict_lambda off."},
    {"MR6004", "The pattern is too long", "A pattern has at most 4,096 characters, as in AWS.",
     "Split it into several filters: they are ORed."},
    {"MR6005", "There are too many filters", "The list has more filters than maximum_filters allows.",
     "Join filters with $or inside one pattern, or raise maximum_filters."},
    {"MR6006", "The field cannot be filtered",
     "Records from Kafka are filtered by their value alone, as in AWS, unless record_fields is on.",
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
