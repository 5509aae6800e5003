// What stands in a field's list: plain values and operators.
//
// One function, used by pattern_parser.cc. Thread-safe but for the reader it is given.
#pragma once

#include <vector>

#include "pattern.h"
#include "pattern_reader.h"

namespace millrace::filter {

// Reads a list whose opening bracket is the reader's last token, to its closing one. strict_lambda refuses operators
// that the Lambda guide's own table does not have. Throws PatternError, also when the list is empty.
std::vector<Alternative> read_alternatives(PatternReader& reader, bool strict_lambda);

}  // namespace millrace::filter
