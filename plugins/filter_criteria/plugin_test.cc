// The component as a host sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <millrace/testing.hpp>

MR_DECLARE_PLUGIN(filter_criteria);

namespace {

using millrace::testing::BatchBuilder;
using millrace::testing::FakeHost;
using millrace::testing::Instance;
using testing::ElementsAre;

const mr_component& filter_criteria_component() {
  return millrace::testing::component(millrace_plugin_entry_v1_filter_criteria(), "filter_criteria");
}

millrace::Config filters(const std::vector<std::string>& patterns) {
  millrace::Config config{{"filters", millrace::Config::array()}};
  for (const std::string& pattern : patterns) config["filters"].push_back({{"pattern", pattern}});
  return config;
}

millrace::Error refusal(millrace::Config config) {
  FakeHost host;
  try {
    Instance instance(filter_criteria_component(), host, std::move(config));
  } catch (const millrace::Error& e) {
    return e;
  }
  return millrace::Error(MR_UNKNOWN, "accepted");
}

TEST(FilterCriteriaPlugin, DropsOnlyWhatAFilterLookedAtAndRefused) {
  FakeHost host;
  Instance filter(filter_criteria_component(), host, filters({R"({"value":{"status":["shipped"]}})"}));
  BatchBuilder batch;
  batch.value(R"({"status":"shipped"})")
      .value(R"({"status":"open"})")
      .value("plain text")
      .add({.value = std::nullopt})
      .value("\xFF")
      .value(R"({"status":"open")");
  EXPECT_THAT(filter.apply(batch.build()), ElementsAre(0, 2, 3, 4, 5));
}

TEST(FilterCriteriaPlugin, LeavesRecordsAloneThatAnEarlierFilterDropped) {
  FakeHost host;
  Instance filter(filter_criteria_component(), host, filters({R"({"value":["a"]})"}));
  BatchBuilder batch;
  batch.value("a").value("a").value("b");
  EXPECT_THAT(filter.apply(batch.build(), {0b110}), ElementsAre(1));
}

TEST(FilterCriteriaPlugin, NamesTheFilterAndThePlaceInItsPattern) {
  const millrace::Error e = refusal(filters({R"({"value":["a"]})", R"({"value":{"a":[{"wildcard":"**"}]}})"}));
  EXPECT_STREQ(e.what(), "at /value/a/0/wildcard (line 1, column 28): Consecutive wildcard characters at pos 1.");
  EXPECT_EQ(e.field(), "/filters/1/pattern");
  EXPECT_EQ(e.id(), "MR6002");
}

TEST(FilterCriteriaPlugin, TakesAsManyFiltersAsMaximumFiltersSays) {
  const std::vector<std::string> six(6, R"({"value":["a"]})");
  const millrace::Error e = refusal(filters(six));
  EXPECT_STREQ(e.what(), "6 filters are more than the 5 that maximum_filters allows.");
  EXPECT_EQ(e.id(), "MR6005");
  EXPECT_EQ(e.field(), "/filters");
  millrace::Config raised = filters(six);
  raised["maximum_filters"] = 10;
  EXPECT_STREQ(refusal(raised).what(), "accepted");
}

TEST(FilterCriteriaPlugin, AsksKeyHeadersAndPlaceWithRecordFields) {
  FakeHost host;
  millrace::Config config = filters({R"({"key":["k"],"value":["a"]})"});
  EXPECT_EQ(refusal(config).id(), "MR6006");
  config["record_fields"] = true;
  Instance filter(filter_criteria_component(), host, config);
  BatchBuilder batch;
  batch.add({.key = "k", .value = "a"}).add({.key = "x", .value = "a"}).add({.value = "a"});
  EXPECT_THAT(filter.apply(batch.build()), ElementsAre(0));
}

TEST(FilterCriteriaPlugin, DropsWhatNoFilterSpeaksOfWhenToldTo) {
  FakeHost host;
  millrace::Config config = filters({R"({"value":{"a":[1]}})"});
  config["on_format_mismatch"] = "drop";
  Instance filter(filter_criteria_component(), host, config);
  BatchBuilder batch;
  batch.value("text").value(R"({"a":1})").add({.value = std::nullopt});
  EXPECT_THAT(filter.apply(batch.build()), ElementsAre(1));
}

TEST(FilterCriteriaPlugin, MayRunOnSeveralThreads) {
  EXPECT_TRUE(filter_criteria_component().caps & MR_CAP_CONCURRENT);
}

}  // namespace
