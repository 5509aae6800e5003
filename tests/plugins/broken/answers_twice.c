/* A sink that answers every request twice: first done, then reject. */
#include "../plain_filter.h"
static mr_status submit(void* self, const mr_request* request, mr_completion completion, mr_error* err) {
  const mr_result done = {.struct_size = sizeof(mr_result), .outcome = MR_DONE};
  const mr_result reject = {.struct_size = sizeof(mr_result), .outcome = MR_REJECT, .code = MR_INTERNAL};
  (void)self, (void)request, (void)err;
  completion.done(completion.ctx, &done);
  completion.done(completion.ctx, &reject);
  return MR_OK;
}
MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static const mr_sink_v1 table = {.struct_size = sizeof(mr_sink_v1), .max_in_flight = 4, .submit = submit};
  static mr_component component;
  static const mr_component* const components[] = {&component};
  static mr_plugin plugin;
  component = good_component(MR_SINK, "answers_twice", &table);
  plugin = good_plugin("org.example.answers_twice", components, 1);
  return &plugin;
}
