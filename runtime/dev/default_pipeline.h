// pipelines/filtered_orders.yaml, as it was when the program was built: what `millrace dev` runs when it is given no
// file. Thread-safe: constant data.
#pragma once

#include <string_view>

namespace millrace::dev {

std::string_view default_pipeline();

}  // namespace millrace::dev
