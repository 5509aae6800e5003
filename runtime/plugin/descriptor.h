// The handshake: checks a plugin's descriptor and copies it into the host's memory.
//
// Nothing in it is trusted to be there: a table may be shorter than ours, a text missing, a function null. The first
// check that fails is reported with what was found and what would have been right; a plugin is used whole or not at
// all, but a component of a kind that this host does not know is left out, for the plugin is merely newer.
//
// Used by the loader, and by programs that link a plugin in (tests, sanitizers).
//
// Thread-safe: one free function.
#pragma once

#include <millrace/plugin.h>

#include <memory>
#include <string>

#include "runtime/base/diagnostic.h"
#include "runtime/base/result.h"
#include "runtime/observe/log.h"
#include "runtime/plugin/catalogue.h"

namespace millrace::plugin {

// `file` is what messages call the plugin: a path, or "(built in)". Fails with MR2005, MR2006 or MR2007.
Result<std::unique_ptr<Plugin>> read_descriptor(const mr_plugin* descriptor, const std::string& file,
                                                const observe::Logger& log);

}  // namespace millrace::plugin
