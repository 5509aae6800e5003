/* A sink that takes requests and never answers, not even when it is stopped. */
#include "../plain_filter.h"
static mr_status submit(void* self, const mr_request* request, mr_completion completion, mr_error* err) {
  (void)self, (void)request, (void)completion, (void)err;
  return MR_OK;
}
MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static const mr_sink_v1 table = {.struct_size = sizeof(mr_sink_v1), .max_in_flight = 4, .submit = submit};
  static mr_component component;
  static const mr_component* const components[] = {&component};
  static mr_plugin plugin;
  component = good_component(MR_SINK, "never_answers", &table);
  plugin = good_plugin("org.example.never_answers", components, 1);
  return &plugin;
}
