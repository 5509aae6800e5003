/* What planted plugins have in common: the description of the plugin around its one component, and the life of a
 * component that keeps nothing.
 *
 * A defect never stands here, so every planted plugin is sound but for what its own source says. Used by the sources of
 * this folder; plain functions and constants, so any thread. */
#ifndef MILLRACE_TESTS_PLANTED_H
#define MILLRACE_TESTS_PLANTED_H

#include <millrace/plugin.h>

/* The initialiser of the mr_plugin that has COMPONENTS, an array of one. */
#define PLANTED_PLUGIN(COMPONENTS)                                                             \
  {                                                                                            \
    .struct_size = sizeof(mr_plugin), .abi_major = MR_ABI_MAJOR, .abi_minor = MR_ABI_MINOR,    \
    .name = "org.example.planted", .version = "1.0.0", .vendor = "", .license = "", .url = "", \
    .components = (COMPONENTS), .component_count = 1                                           \
  }

static inline mr_status create_nothing(const mr_host* host, mr_str config, void** self, mr_error* err) {
  static uint8_t instance;
  (void)host, (void)config, (void)err;
  *self = &instance;
  return MR_OK;
}
static inline mr_status start_nothing(void* self, mr_error* err) {
  return (void)self, (void)err, (mr_status)MR_OK;
}
static inline void stop_nothing(void* self, uint64_t deadline_ns) {
  (void)self, (void)deadline_ns;
}
static inline void destroy_nothing(void* self) {
  (void)self;
}

#endif
