// Proves before a pipeline starts that each of its secrets can be read: one Diagnostic for each that cannot, at the
// place of its reference. Nothing that it reads is kept.
//
// Used by `validate` and `run`. Thread-safe: one free function.
#pragma once

#include "runtime/base/diagnostic.h"
#include "runtime/config/pipeline_spec.h"
#include "runtime/secrets/resolver.h"

namespace millrace::secrets {

// Relative paths start at the folder of spec.file; for a spec without a file, at the working directory.
Resolver::Options resolver_options_for(const config::PipelineSpec& spec);
Diagnostics check_secrets(const Resolver& resolver, const config::PipelineSpec& spec);

}  // namespace millrace::secrets
