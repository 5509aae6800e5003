/* The life of a component that has nothing to make, start, stop or free: its `self` is a constant.
 *
 * Used by plain_filter.h and planted/planted.h. All of it may be called concurrently. */
#pragma once
#include <millrace/plugin.h>

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
