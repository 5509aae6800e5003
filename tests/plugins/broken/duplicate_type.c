/* Two filters of the same type in one plugin. */
#include "../plain_filter.h"
MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static mr_component first, second;
  static const mr_component* const components[] = {&first, &second};
  static mr_plugin plugin;
  first = second = good_component(MR_FILTER, "duplicate_type", &good_filter);
  plugin = good_plugin("org.example.duplicate_type", components, 2);
  return &plugin;
}
