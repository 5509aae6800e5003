/* An entry that gives nothing. */
#include <millrace/plugin.h>
MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  return 0;
}
