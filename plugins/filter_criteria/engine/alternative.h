// Whether one alternative of a pattern takes one value of an event. Pure.
#pragma once

#include "event.h"
#include "pattern.h"

namespace millrace::filter {

// Absent takes no value: whether a path is empty is for the matcher to see.
bool takes(const Alternative& alternative, const Leaf& value);

}  // namespace millrace::filter
