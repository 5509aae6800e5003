#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/cli/commands.h"
#include "runtime/config/json_schema.h"
#include "runtime/plugin/host_services.h"
#include "runtime/plugin/instance.h"
#include "runtime/secrets/check.h"

namespace millrace::cli {
namespace {

// Creates each component of a pipeline as a start would, and lets it go. A component may refuse what its schema could
// not express: a pattern that means nothing, two fields that contradict each other.
class ComponentCheck {
 public:
  ComponentCheck(const config::PipelineSpec& spec, const plugin::Catalogue& catalogue,
                 const secrets::Resolver& resolver)
      : spec_(spec),
        catalogue_(catalogue),
        health_(observe::Logger(), clock_),
        host_({.pipeline_id = spec.name,
               .clock = clock_,
               .health = health_,
               .metrics = metrics_,
               .secrets = resolver,
               .executor = executor_}) {}

  Diagnostics run() {
    for (std::size_t i = 0; i < spec_.auth.size(); ++i)
      create<plugin::AuthInstance>(spec_.auth[i], "auth[" + std::to_string(i) + "]");
    for (std::size_t i = 0; i < spec_.filters.size(); ++i)
      create<plugin::FilterInstance>(spec_.filters[i], "filters[" + std::to_string(i) + "]");
    create<plugin::SourceInstance>(spec_.source, "source");
    create<plugin::EncoderInstance>(spec_.encoder, "encoder");
    create<plugin::SinkInstance>(spec_.sink, "sink");
    config::sort_by_place(diagnostics_);
    return std::move(diagnostics_);
  }

 private:
  template <class Instance>
  void create(const config::ComponentSpec& component, const std::string& name) {
    const Result<const plugin::Component*> found = catalogue_.require(component.kind, component.type);
    if (!found.ok()) return report(component, found.status(), "");
    observe::Problem why;
    const auto instance = Instance::create(host_, **found, component.config, {.component = name}, &why);
    if (!instance.ok()) report(component, instance.status(), why.field);
  }

  void report(const config::ComponentSpec& component, const Status& status, const std::string& field) {
    const config::Place place = component.place_of(field);
    std::string message(status.message());
    if (message.ends_with('.')) message.pop_back();
    const std::string path = config::dotted_path(component.pointer + field);
    if (!message.starts_with(config::dotted_path(component.pointer))) message = path + ": " + message;
    diagnostics_.push_back({std::string(status.id()), Severity::kError, spec_.file, place.line, place.column,
                            component.pointer + field, message, std::string(status.hint())});
  }

  const config::PipelineSpec& spec_;
  const plugin::Catalogue& catalogue_;
  const SystemClock clock_;
  observe::HealthRegistry health_;
  observe::MetricsRegistry metrics_;
  plugin::Executor executor_;
  plugin::PipelineHost host_;
  Diagnostics diagnostics_;
};

}  // namespace

Checked check_pipelines(const std::vector<std::string>& files, const plugin::Catalogue& catalogue) {
  config::PipelinesLoad load = config::load_pipelines(files, catalogue, config::process_environment());
  Checked checked;
  checked.diagnostics = std::move(load.diagnostics);
  for (config::PipelineSpec& spec : load.specs) {
    const secrets::Resolver resolver(secrets::resolver_options_for(spec));
    Diagnostics found = secrets::check_secrets(resolver, spec);
    if (!has_errors(found)) {
      Diagnostics more = ComponentCheck(spec, catalogue, resolver).run();
      found.insert(found.end(), more.begin(), more.end());
    }
    const bool is_good = !has_errors(found);
    checked.diagnostics.insert(checked.diagnostics.end(), found.begin(), found.end());
    if (is_good) checked.specs.push_back(std::move(spec));
  }
  return checked;
}

}  // namespace millrace::cli
