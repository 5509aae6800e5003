// A filter that keeps everything and exports a unique symbol: the static of an inline function, which all libraries of
// a process share that have one of the same name.
#include "tests/plugins/plain_filter.h"

MR_EXPORT inline int& shared_counter() {
  static int count = 0;
  return count;
}

extern "C" {
PLUGIN(unique, ++shared_counter();)
}
