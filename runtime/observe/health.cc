#include "runtime/observe/health.h"

#include <algorithm>

namespace millrace::observe {

std::string_view health_name(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "healthy";
    case Health::kDegraded:
      return "degraded";
    case Health::kBroken:
      return "broken";
  }
  return "unknown";
}

HealthRegistry::HealthRegistry(Logger log, const Clock& clock, Listener listener)
    : log_(std::move(log)), clock_(clock), listener_(std::move(listener)) {}

void HealthRegistry::report(std::string_view component, Health state, Problem problem) {
  if (state == Health::kHealthy) problem = {};
  const std::lock_guard in_order(order_);
  ComponentHealth before, now;
  {
    const std::lock_guard lock(mutex_);
    auto found =
        std::find_if(components_.begin(), components_.end(), [&](const auto& c) { return c.component == component; });
    if (found == components_.end())
      found = components_.insert(components_.end(),
                                 ComponentHealth{std::string(component), Health::kHealthy, {}, clock_.unix_ms()});
    before = *found;
    if (found->state != state) found->since_unix_ms = clock_.unix_ms();
    found->state = state;
    found->problem = std::move(problem);
    now = *found;
  }
  if (now.state == before.state && now.problem.same_as(before.problem)) return;
  announce(now, before);
  if (listener_) listener_(now);
}

void HealthRegistry::announce(const ComponentHealth& now, const ComponentHealth& before) const {
  const Level level = now.state == Health::kBroken     ? Level::kError
                      : now.state == Health::kDegraded ? Level::kWarn
                                                       : Level::kInfo;
  std::vector<Field> fields = {{"component", now.component}, {"health", health_name(now.state)}};
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) fields.emplace_back(key, value);
  };
  if (now.state == Health::kHealthy) {
    add("id", before.problem.id);
    log_.log(level, now.component + " has recovered", fields);
    return;
  }
  add("id", now.problem.id);
  add("reason", now.problem.reason);
  add("field", now.problem.field);
  add("detail", now.problem.detail);
  add("hint", now.problem.hint);
  log_.log(
      level,
      now.problem.message.empty() ? now.component + " is " + std::string(health_name(now.state)) : now.problem.message,
      fields);
}

void HealthRegistry::forget(std::string_view component) {
  const std::lock_guard lock(mutex_);
  std::erase_if(components_, [&](const auto& c) { return c.component == component; });
}

std::vector<ComponentHealth> HealthRegistry::components() const {
  const std::lock_guard lock(mutex_);
  return components_;
}

ComponentHealth HealthRegistry::aggregate() const {
  const std::lock_guard lock(mutex_);
  ComponentHealth worst;
  for (const ComponentHealth& c : components_)
    if (c.state > worst.state ||
        (c.state == worst.state && c.state != Health::kHealthy && c.since_unix_ms < worst.since_unix_ms))
      worst = c;
  return worst;
}

}  // namespace millrace::observe
