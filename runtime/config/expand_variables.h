// Replaces `${NAME}` and `${NAME:default}` in the scalars of a tree.
//
// Only values change, never keys and never the structure, because it runs on what is parsed already. `${secret:...}`
// stays as it is, for secrets are resolved by who needs them; `$${` becomes a literal `${`.
//
// Used by yaml_reader.cc, which is tested with it. Thread-safe: no state.
#pragma once

#include <string>

#include "runtime/base/diagnostic.h"
#include "runtime/config/environment.h"
#include "runtime/config/node.h"

namespace millrace::config {

// Goes through the whole tree, and adds to `diagnostics` each variable that is not set, each ${ that is not closed or
// names nothing, and values that are not UTF-8 or together larger than kMaximumTextBytes; the tree is of no use then.
// `file` is what messages call the text.
void expand_variables(Node& root, const std::string& file, const Environment& environment, Diagnostics& diagnostics);

}  // namespace millrace::config
