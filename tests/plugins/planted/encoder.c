/* Encoders with one defect each, for the test of `millrace plugin check`: -DPLANT_NAME compiles the defect NAME in.
 *
 * Without a defect it writes one value a line and passes every check. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planted.h"

static int is_kept(const uint64_t* keep, uint32_t i) {
  return (keep[i / 64] >> (i % 64) & 1) != 0;
}

static mr_status encode(void* self, const mr_batch* in, const uint64_t* keep, const mr_limits* limits, uint32_t* cursor,
                        mr_writer* out, mr_error* err) {
  uint64_t size = 0;
  uint32_t taken = 0, at = *cursor;
  (void)self;
#ifdef PLANT_RESPECTS_LIMITS
  const uint32_t most = limits->max_records > 0 ? limits->max_records + 1 : 0;
#else
  const uint32_t most = limits->max_records;
#endif
  for (; at < in->count; ++at) {
    const mr_record* r = (const mr_record*)(const void*)((const char*)in->records + (uint64_t)at * in->record_stride);
    if (!is_kept(keep, at)) continue;
    if (most > 0 && taken == most) break;
    const uint64_t more = r->value.size + 1;
    if (limits->max_bytes > 0 && size + more > limits->max_bytes) {
      if (taken > 0) break;
      *cursor = at;
#ifndef PLANT_OVERSIZED_RECORD_REPORTED
      snprintf(err->reason, sizeof err->reason, "MaximumPayloadSizeExceeded");
#endif
      snprintf(err->message, sizeof err->message, "The record is larger than a request may be.");
      return err->code = MR_OUT_OF_RANGE;
    }
    uint8_t* to = out->reserve(out->ctx, more);
    if (to == NULL) return err->code = MR_RESOURCE_EXHAUSTED;
    if (r->value.size > 0) memcpy(to, r->value.data, r->value.size);
#ifdef PLANT_ROUND_TRIP
    if (r->value.size > 2) to[1] = to[0];
#endif
    to[r->value.size] = '\n';
    out->advance(out->ctx, more);
    size += more;
    ++taken;
#ifdef PLANT_CURSOR_ADVANCES
    *cursor = at + 1; /* and not behind the dropped ones at the end */
#endif
  }
#ifndef PLANT_CURSOR_ADVANCES
  *cursor = at;
#endif
  return MR_OK;
}

MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static const mr_encoder_v1 table = {.struct_size = sizeof table, .encode = encode};
  static const mr_component component = {.struct_size = sizeof component,
                                         .kind = MR_ENCODER,
                                         .caps = MR_CAP_CONCURRENT,
                                         .needs = MR_NEED_VALUE,
                                         .type = "planted",
                                         .summary = "One value a line.",
                                         .config_schema = "{\"type\": \"object\"}",
                                         .vtable = &table,
                                         .create = create_nothing,
                                         .start = start_nothing,
                                         .stop = stop_nothing,
                                         .destroy = destroy_nothing};
  static const mr_component* const components[] = {&component};
  static const mr_plugin plugin = PLANTED_PLUGIN(components);
  return &plugin;
}
