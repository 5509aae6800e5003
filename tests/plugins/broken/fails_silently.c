/* A filter that fails and says nothing about it: a status, no message. */
#include "../plain_filter.h"
static mr_status fail(void* self, const mr_batch* in, uint64_t* keep, mr_error* err) {
  (void)self, (void)err;
  if (in->count > 0) keep[0] = 0; /* half done: the host must not use it */
  return MR_UNAVAILABLE;
}
PLUGIN(fails_silently, table.apply = fail;)
