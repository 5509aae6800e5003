#include "runtime/observe/metrics.h"

namespace millrace::observe {

void Metric::record(double value) noexcept {
  if (type_ == MetricType::kGauge) {
    value_.store(value, std::memory_order_relaxed);
  } else {
    if (type_ == MetricType::kCounter && !(value >= 0)) return;
    value_.fetch_add(value, std::memory_order_relaxed);
  }
  count_.fetch_add(1, std::memory_order_relaxed);
}

Metric* MetricsRegistry::define(MetricType type, std::string_view pipeline, std::string_view component,
                                std::string_view name, std::string_view help, std::string_view unit) {
  const std::lock_guard lock(mutex_);
  for (Metric& metric : metrics_)
    if (metric.pipeline_ == pipeline && metric.component_ == component && metric.name_ == name)
      return metric.type_ == type ? &metric : nullptr;
  Metric& metric = metrics_.emplace_back();
  metric.type_ = type;
  metric.pipeline_ = pipeline;
  metric.component_ = component;
  metric.name_ = name;
  metric.help_ = help;
  metric.unit_ = unit;
  return &metric;
}

std::vector<MetricSample> MetricsRegistry::samples() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricSample> out;
  out.reserve(metrics_.size());
  for (const Metric& m : metrics_)
    out.push_back({m.type_, m.pipeline_, m.component_, m.name_, m.help_, m.unit_,
                   m.value_.load(std::memory_order_relaxed), m.count_.load(std::memory_order_relaxed)});
  return out;
}

}  // namespace millrace::observe
