/* A shared library that is no plugin. */
#include <stdint.h>
__attribute__((visibility("default"))) uint32_t somebody_elses_library(void) {
  return 1;
}
