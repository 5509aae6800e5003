/* What planted plugins have in common: the description of the plugin around its one component, and the life of a
 * component that keeps nothing (does_nothing.h).
 *
 * A defect never stands here, so every planted plugin is sound but for what its own source says. Used by the sources of
 * this folder; plain functions and constants, so any thread. */
#ifndef MILLRACE_TESTS_PLANTED_H
#define MILLRACE_TESTS_PLANTED_H

#include <millrace/plugin.h>

#include "../does_nothing.h"

/* The initialiser of the mr_plugin that has COMPONENTS, an array of one. */
#define PLANTED_PLUGIN(COMPONENTS)                                                             \
  {                                                                                            \
    .struct_size = sizeof(mr_plugin), .abi_major = MR_ABI_MAJOR, .abi_minor = MR_ABI_MINOR,    \
    .name = "org.example.planted", .version = "1.0.0", .vendor = "", .license = "", .url = "", \
    .components = (COMPONENTS), .component_count = 1                                           \
  }

#endif
