// Whether an alternative of a pattern, or one of several, takes a value of an event. Pure.
#pragma once

#include <vector>

#include "event.h"
#include "pattern.h"

namespace millrace::filter {

// Absent takes no value: whether a path is empty is for the matcher to see.
bool takes(const Alternative& alternative, const Leaf& value);
bool takes_any(const std::vector<Alternative>& alternatives, const Leaf& value);

// Whether one of them is `exists: false`.
bool takes_absence(const std::vector<Alternative>& alternatives);

}  // namespace millrace::filter
