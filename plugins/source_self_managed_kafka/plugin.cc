// The plugin's entry and its rows of the error catalogue.
#include <millrace/plugin.hpp>

#include "errors.h"
#include "source.h"

namespace {
constexpr millrace::PluginInfo kPlugin{.name = "millrace.source_self_managed_kafka",
                                       .version = "0.1.0",
                                       .vendor = "Millrace",
                                       .license = "Apache-2.0",
                                       .errors = millrace::kafka::kErrors};
}  // namespace

MR_PLUGIN(kPlugin, &millrace::source<millrace::kafka::Source>)
