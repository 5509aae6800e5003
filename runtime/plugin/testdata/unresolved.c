/* Exports the entry but needs a function that nothing defines. */
#include <millrace/plugin.h>
extern int millrace_test_nobody_defines_this(void);
MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  return millrace_test_nobody_defines_this() ? (const mr_plugin*)1 : 0;
}
