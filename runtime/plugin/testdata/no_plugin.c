/* A shared object that is no plugin: its constructor must never run. */
#include <stdlib.h>
__attribute__((constructor)) static void constructed(void) {
  setenv("MILLRACE_TEST_CONSTRUCTED", "1", 1);
}
int no_entry_here(void) {
  return 1;
}
