// Report: what was measured, as a table for people or as JSON for programs, with the machine it was measured on.
//
// Used by main.cc. One thread.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/figures.h"
#include "tests/bench/options.h"

namespace millrace::bench {

// One line: processors, cores, memory, kernel.
std::string machine();

std::string as_table(const Measured& measured);
std::string as_json(const std::vector<Measured>& all, const Options& options);

}  // namespace millrace::bench
