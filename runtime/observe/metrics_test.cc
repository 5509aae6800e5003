#include "runtime/observe/metrics.h"

#include <gtest/gtest.h>

namespace millrace::observe {
namespace {

TEST(Metrics, CountsSetsAndObserves) {
  MetricsRegistry registry;
  Metric* counter = registry.define(MetricType::kCounter, "orders", "sink", "calls", "Calls made", "");
  Metric* gauge = registry.define(MetricType::kGauge, "orders", "sink", "open", "", "");
  Metric* histogram = registry.define(MetricType::kHistogram, "orders", "sink", "latency", "", "s");
  counter->record(1);
  counter->record(2);
  counter->record(-5);
  gauge->record(7);
  gauge->record(4);
  histogram->record(0.5);
  histogram->record(1.5);
  const auto samples = registry.samples();
  EXPECT_EQ(samples.at(0).value, 3);
  EXPECT_EQ(samples.at(0).pipeline, "orders");
  EXPECT_EQ(samples.at(1).value, 4);
  EXPECT_EQ(samples.at(2).value, 2);
  EXPECT_EQ(samples.at(2).count, 2u);
}

TEST(Metrics, SharesAMetricBetweenInstancesAndRefusesAnotherType) {
  MetricsRegistry registry;
  Metric* first = registry.define(MetricType::kCounter, "orders", "sink", "calls", "", "");
  EXPECT_EQ(registry.define(MetricType::kCounter, "orders", "sink", "calls", "", ""), first);
  EXPECT_NE(registry.define(MetricType::kCounter, "other", "sink", "calls", "", ""), first);
  EXPECT_EQ(registry.define(MetricType::kGauge, "orders", "sink", "calls", "", ""), nullptr);
}

}  // namespace
}  // namespace millrace::observe
