// Points a pipeline at what runs inside the process, and changes nothing else of it.
//
// Replaced are the source's brokers, all authentication and, unless an endpoint of the user's own is named, the sink;
// each replacement is put into words, because a person must know that what runs is not quite the file. The file has
// been checked before as for `millrace run`.
//
// Used by demo.h. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/config/pipeline_spec.h"

namespace millrace::dev {

// The topics that the pipeline reads; MR1901 where the embedded broker cannot serve it.
Result<std::vector<std::string>> topics_of(const config::PipelineSpec& spec);

struct Target {
  std::string bootstrap_servers;  // of the embedded broker
  std::string endpoint;           // of the embedded function, or the user's own
  bool own_endpoint = false;      // then the pipeline's sink stays as far as it can be pointed there
};

struct Pointed {
  config::PipelineSpec spec;
  std::vector<std::string> replaced;  // "source.bootstrap_servers: the embedded broker at 127.0.0.1:36407"
};

Result<Pointed> point(config::PipelineSpec spec, const Target& target, const config::ComponentSchemas& schemas);

}  // namespace millrace::dev
