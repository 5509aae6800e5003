#include "runtime/errors/error_catalogue.h"

#include <algorithm>

namespace millrace {
namespace {

constexpr ErrorInfo kErrors[] = {
#define MR_ERROR_ROW(id, title, cause, remedy) {#id, title, cause, remedy},
// In the order of the ids, which is not that of the names.
// clang-format off
#include "runtime/errors/configuration.def"  // MR1xxx
#include "runtime/errors/plugins.def"        // MR2xxx
#include "runtime/errors/delivery.def"       // MR7xxx
// clang-format on
#undef MR_ERROR_ROW
};

}  // namespace

std::span<const ErrorInfo> host_errors() {
  return kErrors;
}

const ErrorInfo* find_host_error(std::string_view id) {
  const auto* end = std::end(kErrors);
  const auto* found = std::find_if(std::begin(kErrors), end, [&](const ErrorInfo& e) { return e.id == id; });
  return found == end ? nullptr : found;
}

}  // namespace millrace
