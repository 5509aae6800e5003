// The filter through its table, as a host calls it.
#include <millrace/testing.hpp>

#include <gtest/gtest.h>

MR_DECLARE_PLUGIN(filter_sample);

namespace {

using namespace millrace::testing;  // NOLINT: FakeHost, Instance, BatchBuilder

std::vector<std::uint32_t> kept_of_1000_keys(double rate) {
  FakeHost host;
  Instance sample(component(millrace_plugin_entry_v1_filter_sample(), "sample"), host, {{"rate", rate}});
  BatchBuilder batch;
  for (int i = 0; i < 1000; ++i) batch.key_value("key-" + std::to_string(i), "value");
  return sample.apply(batch.build());
}

TEST(Sample, KeepsNothingAtZeroAndEverythingAtOne) {
  EXPECT_EQ(kept_of_1000_keys(0).size(), 0u);
  EXPECT_EQ(kept_of_1000_keys(1).size(), 1000u);
}

TEST(Sample, KeepsAboutTheFractionOfKeysAndAlwaysTheSame) {
  const auto kept = kept_of_1000_keys(0.25);
  EXPECT_GT(kept.size(), 200u);
  EXPECT_LT(kept.size(), 300u);
  EXPECT_EQ(kept, kept_of_1000_keys(0.25));
}

}  // namespace
