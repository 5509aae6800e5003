/* A filter without its one function. */
#include "../plain_filter.h"
PLUGIN(null_apply, table.apply = 0;)
