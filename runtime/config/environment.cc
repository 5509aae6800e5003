#include "runtime/config/environment.h"

#include <cstdlib>

namespace millrace::config {

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Environment empty_environment() {
  return [](std::string_view) { return std::optional<std::string>(); };
}

}  // namespace millrace::config
