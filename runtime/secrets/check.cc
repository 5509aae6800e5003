#include "runtime/secrets/check.h"

namespace millrace::secrets {

Resolver::Options resolver_options_for(const config::PipelineSpec& spec) {
  return {.base_directory = spec.file.empty() ? "." : std::filesystem::path(spec.file).parent_path(),
          .environment = {}};
}

Diagnostics check_secrets(const Resolver& resolver, const config::PipelineSpec& spec) {
  Diagnostics problems;
  for (const config::SecretReference& reference : spec.secrets) {
    const Status status = resolver.check(reference.text);
    if (status.ok()) continue;
    Diagnostic& problem = problems.emplace_back();
    problem.id = status.id();
    problem.file = spec.file;
    problem.line = reference.place.line;
    problem.column = reference.place.column;
    problem.pointer = reference.pointer;
    problem.message = status.message();
    problem.hint = status.hint();
  }
  return problems;
}

}  // namespace millrace::secrets
