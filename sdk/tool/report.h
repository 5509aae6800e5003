// A report of checks as text for people and as JSON for programs.
#pragma once

#include <string>

#include "sdk/tool/checker.h"

namespace millrace::sdk_tool {

std::string report_text(const CheckReport& report);
std::string report_json(const CheckReport& report);
// The checks there are, with what each promises.
std::string checks_text();
std::string checks_json();

}  // namespace millrace::sdk_tool
