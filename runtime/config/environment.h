// Environment: where `${NAME}` in a configuration file finds its value.
//
// A function, so that a test lists three variables and the program passes getenv; a file that arrives through the API
// gets an empty one, so nobody reads the host's environment from afar.
//
// Called on the thread that loads the file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::config {

using Environment = std::function<std::optional<std::string>(std::string_view name)>;  // nothing: not set

Environment process_environment();
Environment empty_environment();

}  // namespace millrace::config
