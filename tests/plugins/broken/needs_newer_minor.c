/* Built with, and in need of, a minor ABI that no host has yet. */
#include "../plain_filter.h"
PLUGIN(needs_newer_minor, plugin.abi_minor = 7; plugin.needs_host_minor = 7;)
