// Numbers that components count: counters, gauges and histograms under a pipeline and a component.
//
// A metric is defined once and then recorded through a reference without a lookup or a lock. Two instances of one
// component that define the same name share the metric. Definitions are never removed: a reference stays valid as long
// as the registry.
//
// Fed through millrace.metrics/1 (runtime/plugin/host_services.h); read by whoever exposes metrics.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::observe {

enum class MetricType { kCounter, kGauge, kHistogram };

class Metric {
 public:
  // Counter: adds (a negative value is ignored, a counter never falls). Gauge: sets. Histogram: observes.
  void record(double value) noexcept;

 private:
  friend class MetricsRegistry;
  MetricType type_ = MetricType::kCounter;
  std::string pipeline_, component_, name_, help_, unit_;
  std::atomic<double> value_{0};  // counter and histogram: the sum
  std::atomic<std::uint64_t> count_{0};
};

struct MetricSample {
  MetricType type = MetricType::kCounter;
  std::string pipeline, component, name, help, unit;
  double value = 0;         // histogram: the sum of the observations
  std::uint64_t count = 0;  // of records
};

class MetricsRegistry {
 public:
  // Null when the same name was defined with another type.
  Metric* define(MetricType type, std::string_view pipeline, std::string_view component, std::string_view name,
                 std::string_view help, std::string_view unit);
  std::vector<MetricSample> samples() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Metric> metrics_;  // a deque: references survive growth
};

}  // namespace millrace::observe
